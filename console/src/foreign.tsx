// Text that callers, engines and receivers wrote. It only ever becomes text nodes; control and direction-changing characters are
// shown by name, and what is long is cut until it is asked for.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { bytes } from './format';

// C0 but tab and newline, DEL and C1, zero-width and bidi controls, line and paragraph separators, BOM, tags.
const hidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff]|[\u{e0000}-\u{e007f}]/gu;

const names: Record<number, string> = { 0: 'NUL', 7: 'BEL', 8: 'BS', 13: 'CR', 27: 'ESC', 127: 'DEL', 0x200b: 'ZWSP', 0x200e: 'LRM', 0x200f: 'RLM', 0x202a: 'LRE', 0x202b: 'RLE', 0x202c: 'PDF', 0x202d: 'LRO', 0x202e: 'RLO', 0x2066: 'LRI', 0x2067: 'RLI', 0x2068: 'FSI', 0x2069: 'PDI', 0xfeff: 'BOM' };

const nameOf = (character: string) => {
  const code = character.codePointAt(0)!;
  return names[code] ?? `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
};

// Joiners belong in ordinary text: emoji, Persian, Indic scripts.
const isJoiner = (character: string) => character === '\u200c' || character === '\u200d';

/** The same as one string, for places that take nothing else. */
export const plain = (text: string) => text.replace(hidden, (character) => (isJoiner(character) ? character : `⟨${nameOf(character)}⟩`));

export function pieces(text: string): ComponentChildren {
  if (text.search(hidden) < 0) return text;
  const out: ComponentChildren[] = [];
  let from = 0;
  for (const match of text.matchAll(hidden)) {
    if (isJoiner(match[0])) continue;
    out.push(text.slice(from, match.index));
    out.push(<span class="visible-control" title="A character that is not visible">{nameOf(match[0])}</span>);
    from = match.index + match[0].length;
    if (out.length > 4000) {
      out.push(plain(text.slice(from)));
      return out;
    }
  }
  out.push(text.slice(from));
  return out;
}

/** One line or a paragraph of it. */
export function Foreign({ text, max = 600 }: { text: string | null | undefined; max?: number }) {
  const [all, setAll] = useState(false);
  if (!text) return null;
  const cut = !all && text.length > max;
  return (
    <span class="foreign" dir="auto">
      {pieces(cut ? text.slice(0, max) : text)}
      {cut && (
        <>
          {'… '}
          <button type="button" class="link" onClick={() => setAll(true)}>
            show all ({bytes(text.length)})
          </button>
        </>
      )}
    </span>
  );
}

/** In a place of one line, cut by its width; no way to see all of it, so only where that is one click away. */
export const Line = ({ text }: { text: string | null | undefined }) => (
  <span class="foreign clip" dir="auto" title={plain((text ?? '').slice(0, 300))}>
    {pieces((text ?? '').slice(0, 200))}
  </span>
);
