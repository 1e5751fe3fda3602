// Charts as files: an SVG as it is seen, with its colours in it.

const kept = ['fill', 'fill-opacity', 'stroke', 'stroke-width', 'opacity', 'font-family', 'font-size', 'text-anchor'];

function saveSvg(svg, name) {
  const copy = svg.cloneNode(true), from = [svg, ...svg.querySelectorAll('*')], to = [copy, ...copy.querySelectorAll('*')];
  if (svg.isConnected) from.forEach((element, at) => { const style = getComputedStyle(element); for (const fact of kept) to[at].setAttribute(fact, style.getPropertyValue(fact)); });
  const [, , width, height] = svg.getAttribute('viewBox').split(' ');
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  copy.setAttribute('width', width);
  copy.setAttribute('height', height);
  copy.removeAttribute('style');
  copy.prepend(make('rect', { width, height, fill: getComputedStyle(document.body).backgroundColor }));
  for (const link of copy.querySelectorAll('a')) link.replaceWith(...link.childNodes);
  download(name + '.svg', new XMLSerializer().serializeToString(copy), 'image/svg+xml');
}

const exportButton = (svg, name) => make('button', { type: 'button', class: 'export', text: 'svg', 'aria-label': `${name.replaceAll('-', ' ')} as an SVG`, onclick: () => saveSvg(svg, name) });

// The waterfall as a drawing of its own: the page's is made of boxes in a table.
function waterfallSvg(why) {
  const parts = why.parts.filter((part) => part.share !== null && part.share !== undefined), height = 40 + 20 * (parts.length + 1);
  let total = 0;
  const steps = parts.map((part) => [total, total += part.share]), low = Math.min(0, ...steps.flat()), high = Math.max(0, ...steps.flat());
  const effects = parts.map((part) => part.effect ?? 0), most = Math.max(1e-12, ...effects.map(Math.abs));
  const x = (value) => 180 + 420 * (value - low) / (high - low || 1), ink = { fill: '#1b1d22', 'font-family': 'sans-serif', 'font-size': 12 };
  const bar = (from, to, y) => make('rect', { x: Math.min(from, to), y, width: Math.max(0.5, Math.abs(to - from)), height: 12, fill: to < from ? '#b4460a' : '#2f6fb3' });
  const text = (at, y, words, anchor = 'start') => make('text', { ...ink, x: at, y, 'text-anchor': anchor, text: words });
  return make('svg', { viewBox: `0 0 900 ${height}`, role: 'img' },
    text(10, 20, `why ${tokenText(why.token)}${typeof why.against === 'number' ? ' and not ' + tokenText(why.against) : why.against === 'mean' ? ', less the mean of all' : ''}, position ${why.position}: ${number(why.value, 4)}`), text(890, 20, 'switched off', 'end'),
    make('line', { x1: x(0), x2: x(0), y1: 30, y2: height - 8, stroke: '#7b8190', 'stroke-width': 1 }), make('line', { x1: 770, x2: 770, y1: 30, y2: height - 8, stroke: '#7b8190', 'stroke-width': 1 }),
    parts.flatMap((part, at) => { const y = 34 + 20 * at; return [text(170, y + 11, part.words, 'end'), bar(x(steps[at][0]), x(steps[at][1]), y), text(610, y + 11, number(part.share, 3)), part.effect === null || part.effect === undefined ? null : bar(770, 770 + 60 * part.effect / most, y), part.effect === null || part.effect === undefined ? null : text(890, y + 11, number(part.effect, 3), 'end')]; }),
    text(170, 45 + 20 * parts.length, 'sum', 'end'), text(610, 45 + 20 * parts.length, number(total, 4)));
}

// What was found, section by section, as data.
const foundIn = { top: ['next', 'drawn', 'checks'], surprise: ['positions', 'mean_surprisal', 'continuation'], positions: ['path'], wall: ['heads'], lens: ['lens', 'fitted'], why: ['why'], circuits: ['scores', 'projections', 'writes'], neurons: ['neurons'], compare: ['compare'] };

// A table as it is read, for a spreadsheet.
function tableCsv(table) {
  const text = (cell) => (cell.innerText ?? cell.textContent).replace(/\s+/g, ' ').trim().replaceAll('−', '-');
  return [...table.rows].map((row) => [...row.cells].map((cell) => '"' + text(cell).replaceAll('"', '""') + '"').join(',')).join('\n') + '\n';
}
const csvButton = (table, name) => make('button', { type: 'button', class: 'export', text: 'csv', 'aria-label': `${name.replaceAll('-', ' ')} as CSV`, onclick: () => download(name + '.csv', tableCsv(table), 'text/csv') });

const withCsv = (table, name) => make('div', {}, table, csvButton(table, name.replaceAll(' ', '-')));

function exportsOf(section) {
  const keys = foundIn[section.id];
  if (keys) section.querySelector('h2').append(' ', make('button', { type: 'button', class: 'export data', text: 'json', 'aria-label': `${section.querySelector('h2').textContent} as JSON`, onclick: async () => { const all = await wholeFindings(); download(section.id + '.json', JSON.stringify(Object.fromEntries(keys.map((key) => [key, all[key] ?? null])), null, 1), 'application/json'); } }));
  [...section.querySelectorAll('table.sortable, table.lens, table.heat, table.logits')].forEach((table, at) => table.closest('.scroll')?.after(csvButton(table, `${section.id}-${at + 1}`)));
}

// A heat map as a picture and as numbers.
function heatExports(canvas, values, rows, columns, name) {
  const file = name.replace(/[^a-z0-9]+/gi, '-'), plain = (x) => x === null ? '' : String(x);
  return make('p', { class: 'tools' },
    make('button', { type: 'button', text: 'png', 'aria-label': name + ' as a picture', onclick: () => pictureOf(canvas, file) }),
    make('button', { type: 'button', text: 'csv', 'aria-label': name + ' as CSV', onclick: () => download(file + '.csv', [',' + columns.map((text) => '"' + text.replaceAll('"', '""') + '"').join(','), ...rows.map((text, row) => '"' + text.replaceAll('"', '""') + '",' + columns.map((_, column) => plain(values(row, column))).join(','))].join('\n') + '\n', 'text/csv') }));
}
function pictureOf(canvas, file) {
  const size = Math.max(1, Math.round(1400 / canvas.width)), large = make('canvas', { width: canvas.width * size, height: canvas.height * size }), context = large.getContext('2d');
  context.imageSmoothingEnabled = false;
  context.drawImage(canvas, 0, 0, large.width, large.height);
  large.toBlob((blob) => download(file + '.png', blob));
}
// The whole wall as one picture.
function wallPicture(canvases, columns) {
  const each = 240, gap = 8, rows = Math.ceil(canvases.length / columns), all = make('canvas', { width: columns * (each + gap), height: rows * (each + gap) }), context = all.getContext('2d');
  context.imageSmoothingEnabled = false;
  canvases.forEach((canvas, at) => context.drawImage(canvas, at % columns * (each + gap), Math.floor(at / columns) * (each + gap), each, each));
  all.toBlob((blob) => download('wall.png', blob));
}
