import { S3Error } from './errors.ts';

/** An element that was read. Name spaces and attributes are dropped: no request of S3's carries meaning in them. */
export type XmlElement = Readonly<{ name: string; text: string; children: readonly XmlElement[] }>;

type Building = { name: string; text: string; children: Building[] };

const token = /<!--[\s\S]*?-->|<!\[CDATA\[([\s\S]*?)\]\]>|<\?[\s\S]*?\?>|<(\/?)([^\s<>/!?]+)([^<>]*?)(\/?)>|([^<]+)/y;
const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/**
 * Reads a request document, keeping text exactly as it was sent (a key may begin with a space). There are no document
 * types and so no entities but the five of XML and numeric ones. Throws `MalformedXML`.
 */
export const readXml = (source: string): XmlElement => {
  const document: Building = { name: '', text: '', children: [] };
  const open = [document];
  token.lastIndex = source.startsWith('\ufeff') ? 1 : 0;
  while (token.lastIndex < source.length) {
    const match = token.exec(source);
    const parent = open.at(-1);
    if (match === null || parent === undefined) throw new S3Error('MalformedXML');
    const [, literal, closing, name, , selfClosing, text] = match;
    if (literal !== undefined) parent.text += literal;
    else if (text !== undefined) parent.text += decodeEntities(text);
    else if (name !== undefined && closing === '/') {
      if (open.length < 2 || open.pop()?.name !== localName(name)) throw new S3Error('MalformedXML');
    } else if (name !== undefined) {
      const child: Building = { name: localName(name), text: '', children: [] };
      parent.children.push(child);
      if (selfClosing !== '/') open.push(child);
    }
  }
  const [root] = document.children;
  if (root === undefined || open.length !== 1 || document.children.length !== 1 || document.text.trim() !== '') {
    throw new S3Error('MalformedXML');
  }
  return root;
};

/** The element of that name under `parent`, if there is one. */
export const childNamed = (parent: XmlElement, name: string): XmlElement | undefined =>
  parent.children.find((child) => child.name === name);

export const childrenNamed = (parent: XmlElement, name: string): readonly XmlElement[] =>
  parent.children.filter((child) => child.name === name);

export const textOf = (parent: XmlElement, name: string): string | undefined => childNamed(parent, name)?.text;

const localName = (name: string): string => name.slice(name.indexOf(':') + 1);

const decodeEntities = (text: string): string =>
  text.replace(
    /&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|([^;&]*));?/g,
    (whole, hex, decimal, name: string | undefined) => {
      if (!whole.endsWith(';')) throw new S3Error('MalformedXML');
      if (name !== undefined) {
        const character = named[name];
        if (character === undefined) throw new S3Error('MalformedXML');
        return character;
      }
      const point = typeof hex === 'string' ? Number.parseInt(hex, 16) : Number(decimal);
      if (point > 0x10ffff) throw new S3Error('MalformedXML');
      return String.fromCodePoint(point);
    },
  );
