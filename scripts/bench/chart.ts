import type { Figures } from './summary.ts';

/** A peer and its caching form have shades of one colour. */
const COLOURS = ['#1b6ca8', '#7a7a7a', '#b5b5b5', '#d1603d', '#e6a58c', '#5b8c5a', '#8e6bb0'];
const WIDTH = 900;
const LABELS = 90;
const BAR = 18;
const GAP = 22;
const TOP = 70;

/** Draws the processor time of a request, by workload and server, as bars; the whiskers are the least and the most. */
export function chart(figures: readonly Figures[], subtitle: string): string {
  const closed = figures.filter(({ rate }) => rate === undefined);
  const servers = [...new Set(closed.map(({ server }) => server))];
  const workloads = [...Map.groupBy(closed, ({ workload }) => workload)];
  const most = Math.max(...closed.map(({ cpuMicroseconds }) => cpuMicroseconds.max));
  const x = (value: number) => LABELS + (value / most) * (WIDTH - LABELS - 90);
  const groupHeight = servers.length * BAR + GAP;
  const height = TOP + workloads.length * groupHeight;

  const legend = servers.map((server, index) => {
    const left = LABELS + index * 114;
    return `<rect x="${left}" y="46" width="12" height="12" fill="${colour(index)}"/>${text(left + 18, 56, server)}`;
  });
  const groups = workloads.map(([workload, rows], group) => {
    const top = TOP + group * groupHeight;
    const bars = rows
      .map((row) => ({ row, index: servers.indexOf(row.server) }))
      .sort((a, b) => a.index - b.index)
      .map(({ row: { cpuMicroseconds: cpu }, index }) => {
        const y = top + index * BAR;
        const middle = y + (BAR - 4) / 2;
        return [
          `<rect x="${LABELS}" y="${y}" width="${round(x(cpu.median) - LABELS)}" height="${BAR - 4}" fill="${colour(index)}"/>`,
          `<line x1="${round(x(cpu.min))}" x2="${round(x(cpu.max))}" y1="${middle}" y2="${middle}" stroke="#222"/>`,
          text(round(x(cpu.max)) + 6, y + 11, `${cpu.median.toFixed(0)} µs`),
        ].join('');
      });
    const label = text(LABELS - 10, top + (servers.length * BAR) / 2 + 2, workload, 'end');
    return label + bars.join('');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">
<rect width="${WIDTH}" height="${height}" fill="#fff"/>
<text x="${LABELS}" y="22" font-size="16">Processor time of one request, in microseconds</text>
${text(LABELS, 38, subtitle)}
${[...legend, ...groups].join('\n')}
</svg>
`;
}

function colour(index: number): string {
  return COLOURS[index % COLOURS.length] ?? '#000';
}

function text(x: number, y: number, content: string, anchor = 'start'): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" fill="#222">${escaped}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
