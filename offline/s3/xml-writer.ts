/** An element to be written; `undefined` children are left out, so that optional elements need no branches. */
export type XmlNode = Readonly<{
  name: string;
  attributes: Readonly<Record<string, string>>;
  children: readonly Child[];
}>;
type Child = XmlNode | string | number | boolean | undefined;

const namespace = 'http://s3.amazonaws.com/doc/2006-03-01/';

export const element = (name: string, ...children: readonly Child[]): XmlNode => ({ name, attributes: {}, children });

/** A whole answer document. */
export const xmlDocument = (root: string, ...children: readonly Child[]): string =>
  declaration + render({ name: root, attributes: { xmlns: namespace }, children });

/** An error document: S3 gives those no namespace. */
export const errorDocument = (fields: Readonly<Record<string, string>>): string =>
  declaration + render(element('Error', ...Object.entries(fields).map(([name, value]) => element(name, value))));

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

const render = (node: XmlNode): string => {
  const attributes = Object.entries(node.attributes).map(([name, value]) => ` ${name}="${escape(value)}"`);
  const children = node.children.map((child) => {
    if (child === undefined) return '';
    return typeof child === 'object' ? render(child) : escape(String(child));
  });
  return `<${node.name}${attributes.join('')}>${children.join('')}</${node.name}>`;
};

const named: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/**
 * Control characters become numeric references, as S3 writes them: XML 1.0 forbids most of those even so, which is why
 * `encoding-type=url` exists; but a reader that is lenient gets the key exactly, line breaks included.
 */
const escape = (text: string): string =>
  text.replace(/[&<>"\u0000-\u001f\u007f\ufffe\uffff]/g, (character) => {
    return named[character] ?? `&#x${character.charCodeAt(0).toString(16).toUpperCase()};`;
  });
