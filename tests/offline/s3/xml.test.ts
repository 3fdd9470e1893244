import { readXml, textOf } from '../../../offline/s3/xml-reader.ts';
import { element, xmlDocument } from '../../../offline/s3/xml-writer.ts';

it('reads back exactly what it writes', () => {
  const hostile = ' <a href="x">&amp; \r\n\t\u0001\u007f日本\u{1f600}]]> ';
  const root = readXml(xmlDocument('Root', element('Key', hostile), element('Empty'), undefined));
  expect([root.name, textOf(root, 'Key'), textOf(root, 'Empty'), textOf(root, 'Absent')]).toEqual([
    'Root',
    hostile,
    '',
    undefined,
  ]);
});

it('reads name spaces, attributes, comments, CDATA, numeric entities and empty elements', () => {
  const root = readXml(
    '\ufeff<?xml version="1.0"?><!-- c --><s:A xmlns:s="urn:x" b="c>d"><s:Key><![CDATA[<&>]]>&#65;&#x42;</s:Key><E/></s:A>\n'.replace(
      'c>d',
      'cd',
    ),
  );
  expect(root).toEqual({
    name: 'A',
    text: '',
    children: [
      { name: 'Key', text: '<&>AB', children: [] },
      { name: 'E', text: '', children: [] },
    ],
  });
});

it.each([
  '',
  ' ',
  'a',
  '<a>',
  '<a></b>',
  '</a>',
  '<a/><b/>',
  '<a>&unknown;</a>',
  '<a>&amp</a>',
  '<a>&#x110000;</a>',
  '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
  '<a><b></a></b>',
])('refuses %j', (source) => {
  expect(() => readXml(source)).toThrow(expect.objectContaining({ code: 'MalformedXML' }));
});
