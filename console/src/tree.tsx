// JSON as a tree that opens and closes. The values are foreign text: made visible and cut before the tree sees them.
import { useMemo, useState } from 'preact/hooks';
import { collapseAllNested, JsonView, type Props } from 'react-json-view-lite';
import { Foreign, plain } from './foreign';
import { bytes, utf8Length } from './format';
import { Copy, Segments } from './ui';
import type { Json } from './types';

const shown = (value: Json, depth = 0): Json => {
  if (typeof value === 'string') return value.length > 2000 ? `${plain(value.slice(0, 2000))}… (${bytes(value.length)})` : plain(value);
  if (value === null || typeof value !== 'object' || depth > 40) return value;
  if (Array.isArray(value)) return value.slice(0, 2000).map((item) => shown(item, depth + 1));
  return Object.fromEntries(Object.entries(value).slice(0, 2000).map(([key, item]) => [plain(key.slice(0, 300)), shown(item, depth + 1)]));
};

const style: Props['style'] = {
  container: 'tree',
  basicChildStyle: 't-child',
  childFieldsContainer: 't-fields',
  label: 't-key',
  clickableLabel: 't-key',
  nullValue: 't-null',
  undefinedValue: 't-null',
  numberValue: 't-number',
  stringValue: 't-string',
  booleanValue: 't-bool',
  otherValue: 't-string',
  punctuation: 't-punct',
  collapseIcon: 't-open',
  expandIcon: 't-closed',
  collapsedContent: 't-more',
  noQuotesForStringValues: false,
  quotesForFieldNames: false,
  stringifyStringValues: true,
};

/** A body: as a tree where it is JSON, else and by choice as it came, byte for byte. */
export function Body({ text, name, note }: { text: string; name: string; note?: string }) {
  const parsed = useMemo<Json | undefined>(() => {
    if (text.length > 2_000_000) return undefined;
    try {
      const value = JSON.parse(text) as Json;
      return value !== null && typeof value === 'object' ? shown(value) : undefined;
    } catch {
      return undefined;
    }
  }, [text]);
  const [view, setView] = useState<'tree' | 'raw'>('tree');
  if (!text) return <p class="muted">{name}: empty.</p>;
  const asTree = parsed !== undefined && view === 'tree';
  return (
    <div class="stack tight">
      <div class="row spread">
        <span class="muted small num">
          {bytes(utf8Length(text))}
          {note && ` · ${note}`}
        </span>
        <span class="row">
          {parsed !== undefined && (
            <Segments
              label={`${name}: how to show it`}
              options={[
                ['tree', 'Tree'],
                ['raw', 'Raw'],
              ]}
              chosen={view}
              choose={setView}
            />
          )}
          <Copy text={text}>Copy</Copy>
        </span>
      </div>
      {asTree ? (
        <JsonView data={parsed as object} style={style} shouldExpandNode={(level, value) => level < 2 || (level < 4 && !Array.isArray(value)) || collapseAllNested(level)} clickToExpandNode aria-label={name} />
      ) : (
        <div class="code">
          <pre tabIndex={0} aria-label={name}>
            <Foreign text={text} max={20_000} />
          </pre>
        </div>
      )}
    </div>
  );
}
