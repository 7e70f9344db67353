// A chart over time, drawn by uPlot; as wide as its place, in the colours of the theme.
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { count, exactTime } from './format';
import { colour, theme } from './theme';

export interface Series {
  label: string;
  colour: string; // a custom property
  values: number[];
  kind: 'area' | 'bars';
}

const hours = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const days = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const tickTime = (seconds: number, across: number) => (across > 100_000 ? days : hours).format(seconds * 1000);

const withAlpha = (rgb: string, alpha: number) => rgb.replace(/^rgb\((.*)\)$/, `rgba($1, ${alpha})`);

function options(series: Series[], width: number, height: number): uPlot.Options {
  const grid = { stroke: colour('--line'), width: 1 };
  const axis = { stroke: colour('--text-3'), font: '12px Inter, system-ui, sans-serif', ticks: { show: false }, grid };
  return {
    width,
    height,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { size: 6 } },
    scales: { x: { time: true }, y: { range: (_u, _min, max) => [0, Math.max(4, Math.ceil(max * 1.15))] } },
    axes: [
      { ...axis, grid: { show: false }, space: 80, size: 30, values: (_u, ticks) => ticks.map((tick) => tickTime(tick, ticks[ticks.length - 1] - ticks[0])) },
      { ...axis, size: 44, space: 36, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000], values: (_u, ticks) => ticks.map(count) },
    ],
    series: [
      {},
      ...series.map((one) => {
        const line = colour(one.colour);
        return one.kind === 'bars'
          ? { label: one.label, fill: line, stroke: line, width: 0, paths: uPlot.paths.bars!({ size: [0.6, 24], radius: 0.15 }), points: { show: false } }
          : { label: one.label, stroke: line, fill: withAlpha(line, 0.12), width: 2, paths: uPlot.paths.linear!(), points: { show: false } };
      }),
    ],
  };
}

export function Chart({ times, series, label, height = 220 }: { times: number[]; series: Series[]; label: string; height?: number }) {
  const place = useRef<HTMLDivElement>(null);
  const words = useRef<HTMLParagraphElement>(null);
  const plot = useRef<uPlot>();
  const shape = series.map((one) => one.label + one.kind).join();
  const data = [times, ...series.map((one) => one.values)] as uPlot.AlignedData;

  useEffect(() => {
    const element = place.current!;
    const make = () => {
      plot.current?.destroy();
      plot.current = new uPlot(options(series, element.clientWidth || 600, height), data, element);
      plot.current.over.addEventListener('mousemove', () => say(plot.current!));
      plot.current.over.addEventListener('mouseleave', () => words.current && (words.current.textContent = ''));
    };
    const say = (u: uPlot) => {
      const at = u.cursor.idx;
      if (at === null || at === undefined || !words.current) return;
      const values = u.series.slice(1).map((one, i) => `${one.label}: ${count(Number(u.data[i + 1][at] ?? 0))}`);
      words.current.textContent = `${exactTime(u.data[0][at] * 1000).slice(0, 16)}   ${values.join('   ')}`;
    };
    make();
    const resize = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height }));
    resize.observe(element);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', make);
    const stop = theme.subscribe(() => requestAnimationFrame(make));
    return () => {
      resize.disconnect();
      scheme.removeEventListener('change', make);
      stop();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [shape, height]);

  useEffect(() => {
    plot.current?.setData(data);
  }, [times, ...series.map((one) => one.values)]);

  const sums = series.map((one) => `${one.label} ${count(one.values.reduce((sum, value) => sum + value, 0))}`).join(', ');
  return (
    <figure>
      <div class="chart" ref={place} role="img" aria-label={`${label}: ${sums}`} style={{ height: `${height}px` }} />
      <p class="chart-words" ref={words} aria-hidden />
    </figure>
  );
}
