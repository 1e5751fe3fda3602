// One cell, opened: its exact value, all terms that made it, who uses it, and where it stands among the
// others.

const cellDialog = byId('cell');
cellDialog.tabIndex = -1;
let before = null;

const sourceLink = (from) => from.weight ? make('a', { href: `#${from.weight}[${from.row},${from.column}]`, text: `${from.weight}[${from.row},${from.column}]` })
  : make('a', { href: '#' + formatAddress(from), text: formatAddress(from) });

function hex(x) {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, x);
  return '0x' + view.getUint32(0).toString(16).padStart(8, '0');
}

// The shapes of what a cell is made of, as they are in this run.
function shapesOf(name, made) {
  const write = (shape) => `[${shape.join(', ')}]`, from = new Map();
  for (const { factors } of made?.terms ?? []) for (const { from: source } of factors) {
    const entry = source.weight ? packedWeights.get(source.weight) : packed.get(source.tensor);
    if (entry) from.set(source.weight ?? source.tensor, write(entry.shape));
  }
  const parts = [...from].slice(0, 4).map(([part, shape]) => `${part} ${shape}`);
  return `${name} ${write(packed.get(name).shape)}` + (parts.length ? ' from ' + parts.join(', ') : '');
}

// A weight, opened: its value, and where it stands among the others of its table.
const weightAddress = (text) => {
  const found = /^(\w+)\[(0|[1-9]\d*),(0|[1-9]\d*)\]$/.exec(text);
  return found && packedWeights.has(found[1]) ? { name: found[1], row: Number(found[2]), column: Number(found[3]) } : null;
};
async function openWeight({ name, row, column }) {
  names ??= await vocabulary();
  const table = await weight(name);
  if (row >= table.rows || column >= table.columns) return false;
  if (!cellDialog.open) before = document.activeElement;
  const value = table.values[row * table.columns + column], rank = 1 + table.values.reduce((count, other) => count + (other > value), 0);
  const ofToken = (name === 'embedding' || name === 'head') && row < names.length ? `, the row of ‘${tokenText(row)}’` : '';
  fill(cellDialog,
    make('form', { method: 'dialog' }, make('button', { class: 'close', 'aria-label': 'Close', text: '×' })),
    make('h2', { id: 'cell-name', text: `${name}[${row},${column}]` }),
    make('p', { class: 'value' }, make('strong', { text: shortest(value) }), ' ', make('code', { class: 'quiet', text: hex(value) })),
    make('p', { text: `A weight, learned: row ${row}${ofToken}, column ${column} of ${name} [${packedWeights.get(name).shape.join(', ')}].` }),
    name === 'embedding' ? make('p', {}, make('a', { href: `#dimensions?d=${column}&form=line`, text: `all tokens along dimension ${column}` })) : null,
    make('h3', { text: 'Among the others' }),
    make('p', { text: `${placeWords(rank)} largest of ${table.values.length} numbers of ${name}.` }),
    histogram(table.values, value));
  if (!cellDialog.open) cellDialog.showModal();
  return true;
}
const placeWords = (rank) => `The ${rank}${['th', 'st', 'nd', 'rd'][rank % 100 > 10 && rank % 100 < 14 ? 0 : rank % 10] ?? 'th'}`;

async function openCell(address, { silent = false } = {}) {
  names ??= await vocabulary();
  if (!cellDialog.open) before = document.activeElement;
  const head = address.head ?? null, matrix = await matrixOf(address.tensor, head);
  const row = address.row === '*' ? tokens - 1 : address.row, column = address.column === '*' ? 0 : address.column;
  const here = { tensor: address.tensor, head, row, column }, value = matrix.at(row, column);
  const made = matrix.exact(row) ? await derive(address.tensor, head, row, column) : null;
  const fact = factOf(address.tensor), code = [...byId('tensor-' + address.tensor)?.querySelectorAll('p.code') ?? []].map((line) => line.cloneNode(true));
  const whole = await tensor(address.tensor);
  const finite = whole.values.filter(Number.isFinite), rank = 1 + finite.reduce((count, other) => count + (other > value), 0);
  const list = make('tbody');
  let more = () => false;
  if (made?.terms.length) {
    let running = 0, next = 0;
    const most = Math.max(...made.terms.map((term) => Math.abs(term.product)).filter(Number.isFinite), 1e-30);
    const rows = made.terms.map((term, at) => ({ term, at })).sort((a, b) => Math.abs(b.term.product) - Math.abs(a.term.product));
    const line = ({ term, at }) => {
      running += Number.isFinite(term.product) ? term.product : 0;
      return make('tr', { class: term.masked ? 'masked' : at === made.chosen ? 'chosen' : null },
        make('td', {}, term.factors.flatMap((factor, index) => [index ? ' · ' : '', sourceLink(factor.from), ' ', make('span', { class: 'num', text: number(factor.value) })]), term.note ? make('span', { class: 'quiet', text: ' ' + term.note }) : null, term.bias ? make('span', { class: 'quiet', text: ' bias' }) : null, term.masked ? make('span', { class: 'quiet', text: ' masked: contributes nothing' }) : null),
        make('td', {}, make('span', { class: 'track' }, make('i', { class: term.product < 0 ? 'down' : 'up', style: `width:${100 * Math.min(1, Math.abs(term.product) / most)}%` }))),
        make('td', { class: 'num', text: number(term.product) }),
        make('td', { class: 'num quiet', text: made.kind === 'sum' ? number(running) : '' }));
    };
    more = () => { list.append(...rows.slice(next, next += 20).map(line)); return next < rows.length; };
    more();
  }
  // those that are seen come with the window, the others behind it
  const rest = () => { if (list.isConnected && more()) setTimeout(rest); };
  const button = (text, act) => make('button', { type: 'button', text, onclick: act });
  const copy = (text) => navigator.clipboard?.writeText(text).then(() => say('copied'), () => say('the browser does not let this page copy'));
  // the whole matrix as a file
  const wholeMatrix = async (kind) => { const of = matrices.find((one) => one.name === address.tensor && (one.head === head || one.head === null)); if (!of) return; await of.show(); download(of.fileName(kind), of[kind](), kind === 'csv' ? 'text/csv' : 'application/octet-stream'); };
  const walk = (dr, dc) => { const r = row + dr, c = column + dc; if (r >= 0 && c >= 0 && r < matrix.rows && c < matrix.columns) go({ ...here, row: r, column: c }); };
  const go = (next) => { location.hash = '#' + formatAddress(next); };
  const used = users(address.tensor, head, row, column);
  const tool = [...cellDialog.querySelectorAll('.tools button')].indexOf(document.activeElement);
  fill(cellDialog,
    make('form', { method: 'dialog' }, make('button', { class: 'close', 'aria-label': 'Close', text: '×' })),
    make('h2', { id: 'cell-name' }, formatAddress(here)),
    make('p', { class: 'value' }, make('strong', { text: (matrix.exact(row) ? '' : '≈ ') + shortest(value) }), ' ', make('code', { class: 'quiet', text: hex(value) }), ' ', make('span', { class: 'quiet', text: wordsOfCell(matrix, row, column).split(':')[0] })),
    make('p', { class: 'tools' }, button('←', () => walk(0, -1)), button('→', () => walk(0, 1)), button('↑', () => walk(-1, 0)), button('↓', () => walk(1, 0)), button('copy value', () => copy(shortest(value).replace('−', '-'))), button('copy row', () => copy(Array.from({ length: matrix.columns }, (_, c) => shortest(matrix.at(row, c)).replace('−', '-')).join('\t'))), button('copy column', () => copy(Array.from({ length: matrix.rows }, (_, r) => shortest(matrix.at(r, column)).replace('−', '-')).join('\n'))), button('csv', () => wholeMatrix('csv')), button('npy', () => wholeMatrix('npy')), button('copy link', () => copy(location.href.split('#')[0] + '#' + formatAddress(here)))),
    fact ? make('p', {}, make('span', { class: 'symbols', text: fact.symbols })) : null,
    make('p', { class: 'quiet', text: shapesOf(address.tensor, made) }),
    fact ? make('p', { text: fact.words }) : null,
    code,
    made ? make('h3', { text: made.terms.length < 2 ? 'Made of' : `Made of ${made.terms.length} terms, the largest first` }) : make('p', { class: 'note', text: matrix.exact(row) ? 'What it was made of is not in this file.' : 'This number is read off a picture (≈): its terms would not add up.' }),
    made?.words ? make('p', { class: 'quiet', text: made.words }) : null,
    made ? make('div', { class: 'scroll terms', tabindex: '0', role: 'region', 'aria-label': 'terms' }, make('table', {}, list)) : null,
    used.length ? make('h3', { text: 'Used by' }) : null,
    make('ul', {}, used.map((use) => make('li', {}, use.words + ' ', make('a', { href: '#' + formatAddress(use.address), text: formatAddress(use.address) })))),
    make('h3', { text: 'Among the others' }),
    make('p', { text: `${placeWords(rank)} largest of ${finite.length} numbers of ${address.tensor}.` }),
    histogram(finite, value));
  if (!cellDialog.open) cellDialog.showModal();
  // the buttons were made anew: the keys go on where they were
  if (!cellDialog.contains(document.activeElement) || document.activeElement === cellDialog) (cellDialog.querySelectorAll('.tools button')[tool] ?? cellDialog).focus({ preventScroll: true });
  requestAnimationFrame(() => setTimeout(rest));
  if (!silent && location.hash !== '#' + formatAddress(here)) history.pushState(null, '', '#' + formatAddress(here));
}

function histogram(values, mark) {
  let low = Infinity, high = -Infinity;
  for (const value of values) { low = Math.min(low, value); high = Math.max(high, value); }
  const bins = new Array(48).fill(0), span = high - low || 1;
  for (const value of values) bins[Math.min(47, Math.floor(48 * (value - low) / span))]++;
  const most = Math.max(...bins), at = 480 * (mark - low) / span;
  return make('svg', { viewBox: '0 0 480 64', class: 'histogram', role: 'img', 'aria-label': `from ${number(low)} to ${number(high)}` },
    bins.map((count, bin) => make('rect', { x: bin * 10, width: 9, y: 60 - 56 * count / most, height: 56 * count / most })),
    Number.isFinite(at) ? make('line', { x1: at, x2: at, y1: 0, y2: 64 }) : null);
}

cellDialog.addEventListener('close', () => {
  const here = decodeURIComponent(location.hash.slice(1));
  if (parseAddress(here) || weightAddress(here)) history.replaceState(null, '', location.pathname + location.search);
  if (before?.isConnected) before.focus({ preventScroll: true });
});
// arrows walk to the neighbours, except where they scroll the list of terms
cellDialog.addEventListener('keydown', (event) => {
  const steps = { ArrowLeft: 0, ArrowRight: 1, ArrowUp: 2, ArrowDown: 3 };
  if (!(event.key in steps) || event.target.closest('.scroll')) return;
  event.preventDefault();
  cellDialog.querySelectorAll('.tools button')[steps[event.key]]?.click();
});
cellDialog.addEventListener('click', (event) => { if (event.target === cellDialog) cellDialog.close(); });

const said = byId('said');
function say(text) { said.textContent = text; showTip(text, innerWidth / 2, 60); setTimeout(hideTip, 1500); }
