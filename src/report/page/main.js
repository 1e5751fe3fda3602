// The page as a whole: sections open when they come near, links lead to cells, keys, search, colours.

const panels = {
  'dimensions-panel': dimensionsPanel, 'positions-panel': positionsPanel, 'wall-panel': wallPanel,
  'first-scores': firstScoresPanel, 'draw-panel': drawPanel, 'live-panel': livePanel, 'difference-panel': differencePanel, 'walls-panel': wallsPanel, 'patch-panel': patchPanel, 'parts-panel': partsPanel, 'units-panel': unitsPanel, 'writes-panel': writesPanel,
};
const shown = new Map();
async function showPanel(id) {
  const place = byId(id);
  if (!place) return null;
  if (!shown.has(id)) shown.set(id, (async () => {
    names ??= await vocabulary();
    try { await panels[id](place); } catch (error) { note(place, String(error.message ?? error)); throw error; }
  })());
  await shown.get(id);
  return place;
}

const near = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    near.unobserve(entry.target);
    const of = entry.target.matrix;
    (of ? of.show() : showPanel(entry.target.id)).catch((error) => console.error(error));
  }
}, { rootMargin: '400px' });

const onScreen = new IntersectionObserver((entries) => { for (const { target, isIntersecting } of entries) target.matrix.onScreen = isIntersecting; });

// the matrices of later blocks are those of the first under other names
for (const place of document.querySelectorAll('[data-like]')) {
  const block = 'block' + place.closest('section').id.slice(1) + '.';
  const copies = [...byId(place.dataset.like).querySelectorAll('details > :is(article, .norm)')].map((part) => part.cloneNode(true));
  place.replaceWith(...copies);
  for (const copy of copies) for (const matrices of copy.querySelectorAll('.matrices')) {
    const article = matrices.closest('article'), name = matrices.dataset.tensor.replace('block0.', block);
    article.id = 'tensor-' + name;
    article.querySelector('.formula code').textContent = matrices.dataset.tensor = name;
  }
}
for (const place of document.querySelectorAll('.matrices[data-tensor]')) {
  const { tensor: name, heads: count = 1 } = place.dataset, fact = factOf(name), article = place.closest('article');
  if (fact?.symbols) article.querySelector('.symbols').textContent = fact.symbols;
  if (fact?.words) article.querySelector('.formula').after(make('p', { class: 'words', text: fact.words }));
  for (let head = 0; head < count; head++) {
    const part = make('div', { class: 'matrix', 'data-tensor': name, 'data-head': count === 1 ? null : head });
    place.append(part);
    part.matrix = new Matrix(part);
    near.observe(part);
    onScreen.observe(part);
  }
}
for (const id of Object.keys(panels)) if (byId(id)) near.observe(byId(id));
for (const row of document.querySelectorAll('svg.map a')) [...row.children].forEach((node, at) => { node.dataset.position = at; });
for (const table of document.querySelectorAll('table.lens')) lensTable(table);
for (const place of document.querySelectorAll('.scroll')) {
  if (place.hasAttribute('tabindex')) continue;
  place.tabIndex = 0;
  place.setAttribute('role', 'region');
  place.setAttribute('aria-label', place.closest('section')?.querySelector('h2')?.textContent ?? 'table');
}
// A table whose heads sort it.
function sortable(table) {
  table.querySelectorAll('thead th').forEach((head, at) => {
    const title = head.textContent;
    let down = true;
    head.replaceChildren(make('button', { type: 'button', text: title, onclick: () => {
      const value = (row) => Number(row.children[at].textContent.replace('−', '-').replace(/ .*$/, '')) , body = table.tBodies[0];
      const rows = [...body.rows], numeric = rows.some((row) => Number.isFinite(value(row)) && row.children[at].textContent !== '');
      rows.sort((a, b) => numeric ? (value(b) || 0) - (value(a) || 0) : a.children[at].textContent.localeCompare(b.children[at].textContent));
      if (!down) rows.reverse();
      down = !down;
      body.append(...rows);
    } }));
  });
}
for (const table of document.querySelectorAll('table.sortable')) sortable(table);
for (const section of document.querySelectorAll('main > section')) exportsOf(section);

for (const [svg, name] of [['#map svg.map', 'map'], ['#positions svg.path', 'positions']]) { const chart = document.querySelector(svg); if (chart) (chart.closest('.scroll') ?? chart).after(exportButton(chart, name)); }

document.addEventListener('click', (event) => {
  const chip = event.target.closest('header.bar .chip');
  if (chip) follow(Number(chip.dataset.position));
});
for (const chip of document.querySelectorAll('header.bar .chip')) {
  chip.setAttribute('role', 'button');
  chip.tabIndex = 0;
  chip.addEventListener('keydown', (event) => { if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); follow(Number(chip.dataset.position)); } });
}

// Scrolls to an element and stays there while panels above it come and take their room; whoever scrolls, types or
// points meanwhile is not held.
let bringing = 0;
async function bringTo(element, block) {
  const mine = ++bringing, begun = performance.now(), letGo = new AbortController();
  for (const kind of ['wheel', 'touchstart', 'pointerdown', 'keydown']) addEventListener(kind, () => letGo.abort(), { passive: true, capture: true, signal: letGo.signal });
  element.scrollIntoView({ block });
  for (let at = element.getBoundingClientRect().top, still = 0; still < 12 && performance.now() - begun < 3000;) {
    await new Promise((done) => requestAnimationFrame(done));
    if (mine !== bringing || letGo.signal.aborted) break;
    const now = element.getBoundingClientRect().top;
    still = Math.abs(now - at) < 1 ? still + 1 : 0;
    if (!still) element.scrollIntoView({ block });
    at = element.getBoundingClientRect().top;
  }
  letGo.abort();
}

// Links: an address opens its cell, `why?t=15` and `dimensions?d=7&form=line` set their panels.
async function followLink() {
  let text;
  try { text = decodeURIComponent(location.hash.slice(1)); } catch { text = ''; }
  if (!text) { if (cellDialog.open) cellDialog.close(); return; }
  const [id, query] = text.split('?');
  const facts = new URLSearchParams(query ?? '');
  if (byId(id)?.matches('section')) {
    if (cellDialog.open) cellDialog.close();
    // a block is one list that folds; the folded tables of other sections stay as they are
    const details = /^h\d+$/.test(id) && byId(id).querySelector(':scope > details');
    if (details) details.open = true;
    const there = bringTo(byId(id), 'start');
    if (id === 'why' && query) { await whyReady; await byId('why').show(facts.get('t'), facts.get('a'), facts.get('b')); }
    if (id === 'dimensions' && facts.has('d')) (await showPanel('dimensions-panel'))?.show?.(Number(facts.get('d')), facts.get('form'));
    if (id === 'lens' && facts.has('kind')) { const tab = byId('lens-' + facts.get('kind')); if (tab) tab.checked = true;  for (const table of document.querySelectorAll('table.lens')) if (facts.has('t')) await table.at?.(Number(facts.get('t'))); }
    await there;
    return;
  }
  const address = parseAddress(text), ofWeights = weightAddress(text);
  if (ofWeights && await openWeight(ofWeights)) return;
  if (!address) { say('This report has nothing called ' + visible(text) + '.'); scrollTo(0, 0); return; }
  const article = byId('tensor-' + address.tensor);
  for (let up = article; up; up = up.parentElement) if (up.tagName === 'DETAILS') up.open = true;
  const place = article && [...article.querySelectorAll('.matrix')].find((m) => m.matrix.head === null || m.matrix.head === (address.head ?? 0));
  if (place) {
    await place.matrix.show();
    bringTo(place, 'center');
    const row = address.row === '*' ? 0 : address.row;
    let column = address.column === '*' ? 0 : address.column;
    if (place.matrix.head !== null && address.head === null && packed.get(address.tensor).shape.length === 2) column %= dHead;
    place.matrix.move(row, column);
    if (!cellDialog.open) place.matrix.focus();
  }
  if (address.row !== '*' && address.column !== '*') await openCell(address, { silent: true });
  else if (cellDialog.open) { cellDialog.close(); history.replaceState(null, '', '#' + text); }
}
addEventListener('hashchange', () => followLink().catch((error) => console.error(error)));

// Search: sections, tensors, tokens, addresses, and “> 3” for cells above a value.
const searchDialog = byId('search');
function openSearch() {
  const field = make('input', { type: 'search', id: 'query', placeholder: 'a section, a tensor, a token, an address, or > 3', 'aria-label': 'Search', autocomplete: 'off' });
  const results = make('ul', { 'aria-live': 'polite' });
  searchDialog.replaceChildren(make('form', { method: 'dialog' }, make('button', { class: 'close', 'aria-label': 'Close', text: '×' })), field, results);
  const link = (hash, text) => make('li', {}, make('a', { href: '#' + hash, text, onclick: () => searchDialog.close() }));
  field.addEventListener('input', async () => {
    const text = field.value.trim().toLowerCase(), hits = [];
    const above = /^>\s*(-?\d+(?:\.\d+)?)$/.exec(text);
    if (above) {
      for (const name of packed.keys()) {
        const whole = await tensor(name), columns = whole.shape.at(-1), square = whole.shape.length === 3 ? whole.shape[1] * columns : Infinity;
        if (whole.shape.length < 2) continue;
        whole.values.forEach((value, at) => { if (value > Number(above[1])) hits.push([value, { tensor: name, head: square === Infinity ? null : Math.floor(at / square), row: Math.floor(at % square / columns), column: at % columns }]); });
      }
      hits.sort((a, b) => b[0] - a[0]);
      results.replaceChildren(make('li', { class: 'quiet', text: `${hits.length} cells; the largest:` }), ...hits.slice(0, 50).map(([value, address]) => link(formatAddress(address), `${formatAddress(address)} = ${number(value)}`)));
      return;
    }
    const address = parseAddress(field.value);
    if (address) hits.push(link(formatAddress(address), formatAddress(address)));
    if (text) {
      for (const section of document.querySelectorAll('main > section')) { const title = section.querySelector('h2').textContent; if (title.toLowerCase().includes(text)) hits.push(link(section.id, title)); }
      for (const name of packed.keys()) if (name.includes(text) && byId('tensor-' + name)) hits.push(link(name + (packed.get(name).shape.length === 3 ? '.0' : '') + '[0,0]', name));
      manifest.ids.forEach((id, at) => { if (tokenText(id).toLowerCase().includes(text)) hits.push(link(`embedded[${at},0]`, `‘${tokenText(id)}’ at position ${at}`)); });
    }
    results.replaceChildren(...hits.slice(0, 40), hits.length || !text ? '' : make('li', { class: 'quiet', text: 'nothing found' }));
  });
  field.addEventListener('keydown', (event) => { if (event.key === 'Enter') { event.preventDefault(); results.querySelector('a')?.click(); } });
  searchDialog.showModal();
  field.focus();
}
byId('search-button').addEventListener('click', openSearch);

const keys = [['/', 'search'], ['?', 'this list'], ['[ ]', 'section before, section after'], ['t', 'follow the next token'], ['h', 'the same cell in the next head'], ['arrows, Home, End', 'walk in a matrix'], ['Enter', 'open the cell'], ['Esc', 'close']];
function openHelp() {
  byId('help').replaceChildren(make('form', { method: 'dialog' }, make('button', { class: 'close', 'aria-label': 'Close', text: '×' })), make('h2', { text: 'Keys' }), make('dl', {}, keys.flatMap(([key, what]) => [make('dt', {}, make('kbd', { text: key })), make('dd', { text: what })])));
  byId('help').showModal();
}
byId('help-button').addEventListener('click', openHelp);

addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, select, textarea, dialog')) return;
  const sections = [...document.querySelectorAll('main > section')];
  const at = sections.findLastIndex((section) => section.getBoundingClientRect().top <= 80);
  const go = (to) => { const section = sections[Math.max(0, Math.min(sections.length - 1, to))]; location.hash = '#' + section.id; };
  if (event.key === '/') openSearch();
  else if (event.key === '?') openHelp();
  else if (event.key === '[') go(at - 1);
  else if (event.key === ']') go(at + 1);
  else if (event.key === 't') follow(followed === null ? 0 : (followed + 1) % tokens);
  else return;
  event.preventDefault();
});

const chosen = byId('palette');
chosen.replaceChildren(...Object.keys(manifest.palettes).map((name) => make('option', { text: name, value: name, selected: name === palette })));
// what is on screen at once, the rest without keeping the page from answering
let colouring = 0;
async function recolour() {
  const mine = ++colouring, shownNow = matrices.filter((matrix) => matrix.matrix), now = shownNow.filter((matrix) => matrix.onScreen);
  for (const matrix of now) matrix.draw();
  for (const paint of repaint) { await awake(); if (mine !== colouring) return; paint(); }
  for (const matrix of shownNow) if (!now.includes(matrix)) { await awake(); if (mine !== colouring) return; matrix.draw(); }
}
let ownPalette = false;
chosen.addEventListener('input', () => { ownPalette = true; palette = chosen.value; recolour(); });
function ofTheme() { if (!ownPalette) { chosen.value = palette = isDark() ? 'ember' : 'paper'; recolour(); } }
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', ofTheme);
byId('hatch').addEventListener('input', () => { hatched = byId('hatch').checked; recolour(); });
byId('theme').addEventListener('click', () => {
  document.documentElement.dataset.theme = isDark() ? 'light' : 'dark';
  ofTheme();
});
byId('findings-json').addEventListener('click', async () => download('findings.json', JSON.stringify(await wholeFindings(), null, 1), 'application/json'));
const rail = document.querySelector('nav.rail details');
if (innerWidth < 900) rail.open = false;
rail.addEventListener('click', (event) => { if (event.target.closest('a') && innerWidth < 900) rail.open = false; });
// where the page is, in its map: the rows of the section that is read; elsewhere those that were read last
function markMap() {
  const here = document.querySelector('nav.rail a[aria-current]')?.hash, rows = [...document.querySelectorAll('svg.map a')], there = rows.filter((row) => row.getAttribute('href') === here);
  if (!there.length) return;
  for (const mark of document.querySelectorAll('svg.map .here')) mark.remove();
  for (const row of there) row.append(make('rect', { class: 'here', x: 2, y: -11, width: 4, height: 22 }));
}
const inView = new Set();
const marks = new IntersectionObserver((entries) => {
  for (const entry of entries) if (entry.isIntersecting) inView.add(entry.target); else inView.delete(entry.target);
  const now = [...document.querySelectorAll('main > section')].find((section) => inView.has(section));
  if (!now) return;
  for (const link of document.querySelectorAll('nav.rail a')) if (link.hash === '#' + now.id) link.setAttribute('aria-current', 'true'); else link.removeAttribute('aria-current');
  markMap();
}, { rootMargin: '-30% 0px -60%' });
for (const section of document.querySelectorAll('main > section')) marks.observe(section);
let fitting = 0;
const fitAll = (whole) => { for (const matrix of matrices) if (matrix.matrix) { const before = matrix.across; matrix.fit(whole); if (matrix.across !== before) { matrix.draw(); matrix.move(matrix.row, matrix.column); } } };
addEventListener('resize', () => { cancelAnimationFrame(fitting); fitting = requestAnimationFrame(() => fitAll(false)); });
addEventListener('beforeprint', () => { fitAll(true); fillAll(); for (const details of document.querySelectorAll('main details')) { details.dataset.was = details.open; if (details.dataset.fill || details.closest('#h0, #why, #lens, #surprise')) details.open = true; } });
addEventListener('afterprint', () => { fitAll(false); for (const details of document.querySelectorAll('main details')) details.open = details.dataset.was === 'true'; });
document.body.classList.add('scripted');
document.documentElement.style.setProperty('--token', 100 / tokens + '%');

// Pointing at a token anywhere marks it everywhere.
let pointedAt = null;
function point(position) {
  if (position === pointedAt) return;
  pointedAt = position;
  for (const element of document.querySelectorAll('.pointed')) element.classList.remove('pointed');
  if (position !== null) for (const element of document.querySelectorAll(`[data-position="${position}"]`)) element.classList.add('pointed');
}
document.addEventListener('pointerover', (event) => {
  point(event.target.closest?.('[data-position]')?.dataset.position ?? null);
  pointPart(event.target.closest?.('[data-part]')?.dataset.part ?? null);
});
// and at a part: its row of the map, its head of the wall, its section
let partAt = null;
function pointPart(part) {
  if (part === partAt) return;
  partAt = part;
  for (const element of document.querySelectorAll('.of-part')) element.classList.remove('of-part');
  const found = /^h(\d+)\.(?:head(\d+)|(mlp))$/.exec(part ?? '');
  if (!found) return;
  const [, block, head, mlp] = found, rows = document.querySelectorAll('svg.map a');
  for (const element of [rows[1 + 2 * block + (mlp ? 1 : 0)], head === undefined ? null : document.querySelector(`#wall figure[data-head="${block}.${head}"]`), document.querySelector(`nav.rail a[href="#h${block}"]`), ...document.querySelectorAll(`tr[data-part="${part}"]`)]) element?.classList.add('of-part');
}
// a node of the map leads to its own row of numbers
document.querySelector('svg.map')?.addEventListener('click', (event) => {
  const node = event.target.closest('circle'), row = node?.closest('a');
  if (!row) return;
  const at = [...document.querySelectorAll('svg.map a')].indexOf(row), block = Math.floor((at - 1) / 2);
  const name = at === 0 ? 'embedded' : block === config.n_blocks ? 'probabilities' : `block${block}.${at % 2 ? 'attention_output' : 'ffn_output'}`;
  if (!packed.has(name)) return;
  event.preventDefault();
  location.hash = `#${name}[${node.dataset.position},*]`;
});
for (const tab of document.querySelectorAll('#lens .tab')) tab.addEventListener('input', () => { const table = document.querySelector(`table.lens[data-lens=${tab.id.slice(5)}]`); history.replaceState(null, '', `#lens?kind=${tab.id.slice(5)}&t=${table.position ?? tokens - 1}`); });
byId('open-all').addEventListener('click', () => {
  const all = [...document.querySelectorAll('main details')], open = all.some((details) => !details.open);
  for (const details of all) details.open = open;
  byId('open-all').textContent = open ? 'Close all' : 'Open all';
});

const whyReady = vocabulary().then((all) => { names = all; }).then(whyPanel);
whyReady.then(followLink).catch((error) => console.error(error));
// the page's own arithmetic is held against the run when nothing else is to be done
addEventListener('load', () => setTimeout(() => (globalThis.requestIdleCallback ?? setTimeout)(async () => { if (hasModel) await ownCheck(); await readyToPrint(); }), 600));
// for the browser's console, and for the tests: every number by its name
globalThis.report = Object.freeze({ manifest, directShares, lensSteps, scoreSplit, partProducts, unitShares, writesOf, switchedOff, saveSvg, waterfallSvg, idOf, tensor, matrixOf, weight, findings, wholeFindings, readyToPrint, vocabulary, derive, dependencies, users, parseAddress, formatAddress, drawToken, uniform, erf, loadModel, checkModel, showPanel, openCell, matrices, followLink, shortest });
