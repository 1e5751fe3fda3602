// A matrix as a picture that can be read: a canvas for the colours, and over it one cell that has the
// focus (the ARIA grid pattern), so that arrows walk and screen readers hear the number.

let palette = 'ember';
let followed = null;
const matrices = [];

const sequentialTensor = (name) => /\.attention$|^probabilities$/.test(name);
const quantityOf = (name) => {
  const part = name.replace(/^block\d+\./, '');
  if (/scores/.test(part)) return 'score';
  if (/attention$|^probabilities$/.test(part)) return 'share';
  if (/^(q|k|v|head_output|concat)$/.test(part)) return 'head';
  if (/^ffn_(pre|hidden)/.test(part)) return 'hidden';
  if (/mean$|variance$/.test(part)) return 'statistic';
  if (/^(token|position)_embedding$/.test(part)) return 'table';
  return part === 'logits' ? 'logit' : 'stream';
};

// The number that gets the end of the colours: the largest of its kind in this file's chunk of the run.
const scaleOf = (name) => once('scale ' + name, async () => {
  const kind = quantityOf(name);
  if (kind === 'share') return 1;
  const block = /^block\d+\./.exec(name)?.[0] ?? '';
  let most = 0;
  const alike = [...packed.keys()].filter((other) => other === name || kind !== 'stream' && quantityOf(other) === kind && other.startsWith(block) || ['token_embedding', 'position_embedding', 'embedded'].includes(name) && ['token_embedding', 'position_embedding', 'embedded'].includes(other));
  for (const other of alike) for (const value of (await tensor(other)).values) if (Number.isFinite(value) && Math.abs(value) > most) most = Math.abs(value);
  return most || 1;
});

const stops = (map) => manifest.palettes[palette][map];
function colourOf(value, most, sequential) {
  const share = Math.min(1, Math.abs(value) / most), root = Math.sqrt(share);
  if (sequential) return stops(1)[Math.round(root * 32)];
  return stops(0)[32 + Math.round(Math.sign(value) * root * 32)];
}

function wordsOfCell(matrix, row, column) {
  const there = matrix.shape1 ? '' : /attention$|scores$/.test(matrix.tensor) ? ` → ‘${tokenText(manifest.ids[column])}’ ${column}` : /^(logits|probabilities)$/.test(matrix.tensor) ? ` ‘${tokenText(column)}’` : `, column ${column}`;
  return `row ${row} ‘${tokenText(manifest.ids[row])}’${there}: ${matrix.exact(row) ? '' : '≈ '}${number(matrix.at(row, column))}`;
}

class Matrix {
  constructor(place) {
    this.place = place;
    this.name = place.dataset.tensor;
    this.head = place.dataset.head === undefined ? null : Number(place.dataset.head);
    this.row = 0;
    this.column = 0;
    matrices.push(this);
  }

  async show() {
    if (this.shown) return this.shown;
    return this.shown = this.build();
  }

  async build() {
    names ??= await vocabulary();
    this.matrix = await matrixOf(this.name, this.head);
    this.most = await scaleOf(this.name);
    const { rows, columns } = this.matrix;
    const caption = this.head === null ? this.name : `head ${this.head + 1}`;
    this.canvas = make('canvas', { 'aria-hidden': 'true' });
    this.cell = make('div', { role: 'gridcell', tabindex: '0', class: 'focus' });
    this.line = make('div', { role: 'row' }, this.cell);
    this.grid = make('div', { role: 'grid', class: 'grid', 'aria-label': `${this.name}${this.head === null ? '' : ', head ' + (this.head + 1)}, ${rows} rows, ${columns} columns`, 'aria-rowcount': rows, 'aria-colcount': columns }, this.canvas, this.line);
    const tools = make('div', { class: 'tools' },
      make('span', { class: 'quiet', text: caption }),
      make('button', { type: 'button', text: 'table', onclick: () => this.table(), 'aria-label': `${caption} as a table` }),
      make('button', { type: 'button', text: 'csv', onclick: () => download(this.fileName('csv'), this.csv(), 'text/csv'), 'aria-label': `${caption} as CSV` }),
      make('button', { type: 'button', text: 'npy', onclick: () => download(this.fileName('npy'), this.npy(), 'application/octet-stream'), 'aria-label': `${caption} as npy` }),
      make('button', { type: 'button', text: 'png', onclick: () => this.png(), 'aria-label': `${caption} as a picture` }));
    this.place.replaceChildren(tools, this.grid);
    this.grid.addEventListener('pointermove', (event) => this.pointed(event));
    this.grid.addEventListener('pointerleave', () => hideTip());
    this.grid.addEventListener('click', (event) => { this.pointed(event); this.focus(); openCell(this.address()); });
    this.cell.addEventListener('keydown', (event) => this.key(event));
    this.cell.addEventListener('focus', () => this.tell());
    this.draw();
    this.move(0, 0);
    return this;
  }

  draw() {
    if (!this.matrix) return;
    const { rows, columns } = this.matrix;
    // as many pixels a cell as give room; drawn small and enlarged without smoothing
    const canvas = this.canvas, wide = Math.min(columns, 4096);
    canvas.width = wide;
    canvas.height = rows;
    const context = canvas.getContext('2d');
    const sequential = sequentialTensor(this.name);
    paintCells(context, rows, wide, (row, column) => {
      const value = this.matrix.at(row, column);
      return Number.isFinite(value) ? colourOf(value, this.most, sequential) : Number.isNaN(value) ? null : '#808080';
    });
    const size = Math.max(4, Math.min(18, Math.floor(700 / Math.max(columns, 1))));
    const tall = Math.max(6, Math.min(18, Math.floor(420 / rows)));
    this.grid.style.setProperty('--wide', size * wide + 'px');
    this.grid.style.aspectRatio = `${size * wide} / ${Math.min(size < tall ? tall : size, tall) * rows}`;
    this.grid.classList.toggle('triangle', /attention$|scores$/.test(this.name));
  }

  address() { return { tensor: this.name, head: this.head, row: this.row, column: this.column }; }

  pointed(event) {
    const box = this.grid.getBoundingClientRect(), { rows, columns } = this.matrix;
    const at = (share, count) => Math.max(0, Math.min(count - 1, Math.floor(share * count)));
    const row = at((event.clientY - box.top) / box.height, rows), column = at((event.clientX - box.left) / box.width, columns);
    if (row !== this.row || column !== this.column) this.move(row, column);
    showTip(`${wordsOfCell(this.matrix, row, column)}`, event.clientX, event.clientY);
  }

  move(row, column) {
    const { rows, columns } = this.matrix;
    this.row = Math.max(0, Math.min(rows - 1, row));
    this.column = Math.max(0, Math.min(columns - 1, column));
    const style = this.cell.style;
    style.left = 100 * this.column / columns + '%';
    style.top = 100 * this.row / rows + '%';
    style.width = 100 / columns + '%';
    style.height = 100 / rows + '%';
    this.line.setAttribute('aria-rowindex', this.row + 1);
    this.cell.setAttribute('aria-colindex', this.column + 1);
    this.cell.setAttribute('aria-label', wordsOfCell(this.matrix, this.row, this.column));
    this.grid.style.setProperty('--row', (this.row + 0.5) / rows);
    this.grid.style.setProperty('--column', (this.column + 0.5) / columns);
    if (document.activeElement === this.cell) this.tell();
  }

  tell() {
    const box = this.cell.getBoundingClientRect();
    showTip(wordsOfCell(this.matrix, this.row, this.column), box.right, box.bottom);
  }

  focus() { this.cell.focus({ preventScroll: true }); }

  key(event) {
    const { rows, columns } = this.matrix, ctrl = event.ctrlKey || event.metaKey;
    const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    if (steps[event.key]) this.move(this.row + steps[event.key][0], this.column + steps[event.key][1]);
    else if (event.key === 'Home') this.move(ctrl ? 0 : this.row, 0);
    else if (event.key === 'End') this.move(ctrl ? rows - 1 : this.row, columns - 1);
    else if (event.key === 'PageUp') this.move(0, this.column);
    else if (event.key === 'PageDown') this.move(rows - 1, this.column);
    else if (event.key === 'Enter' || event.key === ' ') openCell(this.address());
    else if (event.key === 'h' && this.head !== null) matrices.find((m) => m.name === this.name && m.head === (this.head + 1) % heads)?.cell?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  list() {
    const { rows, columns } = this.matrix;
    return Array.from({ length: rows }, (_, row) => Array.from({ length: columns }, (_, column) => this.matrix.at(row, column)));
  }

  fileName(ending) { return `${this.name}${this.head === null ? '' : '.' + this.head}.${ending}`; }

  csv() {
    const quote = (text) => '"' + text.replaceAll('"', '""') + '"';
    const square = /attention$|scores$/.test(this.name);
    const header = Array.from({ length: this.matrix.columns }, (_, c) => square ? quote(names[manifest.ids[c]]) : this.name === 'logits' || this.name === 'probabilities' ? quote(names[c]) : c);
    const plain = (x) => Number.isNaN(x) ? 'nan' : x === Infinity ? 'inf' : x === -Infinity ? '-inf' : shortest(x).replace('−', '-');
    return ['token,' + header.join(','), ...this.list().map((row, at) => quote(names[manifest.ids[at]]) + ',' + row.map(plain).join(','))].join('\n') + '\n';
  }

  npy() {
    const { rows, columns } = this.matrix;
    let header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`;
    header += ' '.repeat(64 - (10 + header.length + 1) % 64) + '\n';
    const bytes = new Uint8Array(10 + header.length + 4 * rows * columns);
    bytes.set([0x93, 78, 85, 77, 80, 89, 1, 0, header.length & 255, header.length >> 8]);
    bytes.set(new TextEncoder().encode(header), 10);
    const view = new DataView(bytes.buffer, 10 + header.length);
    this.list().flat().forEach((value, at) => view.setFloat32(4 * at, value, true));
    return bytes;
  }

  png() {
    const size = Math.max(1, Math.round(1400 / this.canvas.width)), canvas = make('canvas', { width: this.canvas.width * size, height: this.canvas.height * size });
    const context = canvas.getContext('2d');
    context.imageSmoothingEnabled = false;
    context.drawImage(this.canvas, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => download(this.fileName('png'), blob));
  }

  table() {
    const old = this.place.querySelector('.as-table');
    if (old) { old.remove(); return; }
    const { rows, columns } = this.matrix, all = rows * columns <= 2000;
    const wanted = all ? Array.from({ length: rows }, (_, row) => row) : [followed ?? rows - 1];
    const table = make('table', {}, make('tbody', {}, wanted.map((row) => make('tr', {},
      make('th', { scope: 'row', text: `${row} ${tokenText(manifest.ids[row])}` }),
      Array.from({ length: columns }, (_, column) => make('td', { class: 'num', text: (this.matrix.exact(row) ? '' : '≈') + number(this.matrix.at(row, column), 4) }))))));
    this.place.append(make('div', { class: 'scroll as-table', tabindex: '0', role: 'region', 'aria-label': 'the numbers' }, all ? null : make('p', { class: 'quiet', text: 'the followed row only: the whole is large' }), table));
  }
}

function download(name, content, type) {
  const address = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  const link = make('a', { href: address, download: name.replace(/[^\w.-]+/g, '_') });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

const tip = byId('tip');
function showTip(text, x, y) {
  tip.textContent = text;
  tip.hidden = false;
  const box = tip.getBoundingClientRect();
  tip.style.left = Math.max(4, Math.min(innerWidth - box.width - 4, x + 14)) + 'px';
  tip.style.top = (y + 22 + box.height > innerHeight ? y - box.height - 12 : y + 18) + 'px';
}
function hideTip() { tip.hidden = true; }

function follow(position) {
  followed = followed === position ? null : position;
  for (const element of document.querySelectorAll('[data-position]')) element.classList.toggle('followed', Number(element.dataset.position) === followed);
  document.documentElement.style.setProperty('--followed', followed === null ? '-1' : String((followed + 0.5) / tokens));
  document.body.classList.toggle('following', followed !== null);
}
