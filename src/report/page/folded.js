// The tables of every block but the last, made of the findings when they are opened: rows as in the last block's.

const termList = (terms, rest, after) => make('ul', { class: 'terms' }, terms.map(([words, value]) => make('li', {}, make('b', { text: told(value) }), words)), rest[0] ? make('li', {}, make('b', { text: told(rest[1]) }), make('small', { text: `and ${rest[0]} more${after}` })) : null);
const tokenAt = (position) => make('td', { 'data-position': position }, make('bdi', { text: tokenText(manifest.ids[position]) }), ' ', make('small', { text: 'at ' + position }));
const plainTokens = (list) => make('td', {}, list.flatMap((one) => [make('bdi', { text: tokenText(one.id) }), ' ']));
const headLink = (address, text) => make('th', { scope: 'row' }, make('a', { href: '#' + address, text }));

function sparkline(values) {
  const high = Math.max(1e-30, ...values), low = Math.min(0, ...values), step = 80 / Math.max(1, values.length - 1);
  return make('svg', { class: 'spark', viewBox: '0 0 80 20', 'aria-hidden': 'true' }, make('polyline', { points: values.map((value, at) => `${(at * step).toFixed(0)},${(18 - 16 * (value - low) / (high - low)).toFixed(0)}`).join(' ') }));
}

const foldedRows = {
  scores: (one) => [headLink(`block${one.block}.scores.${one.head}[${one.query},${one.key}]`, `block ${one.block + 1}, head ${one.head + 1}`), tokenAt(one.key), make('td', { class: 'num', text: told(one.score) }),
    make('td', {}, termList(one.terms.map(([query, key, value]) => [`${query} × ${key}`, value]), one.rest, `; all together ${told(one.sum)}`))],
  projections: (one) => [headLink(`block${one.block}.${one.letter.toLowerCase()}.${one.head}[${one.position},*]`, `block ${one.block + 1}, head ${one.head + 1}: ${one.letter}`), tokenAt(one.position), make('td', { class: 'num', text: told(one.length) }),
    make('td', {}, termList(one.shares, one.rest, ''))],
  neurons: (one) => [headLink(`block${one.block}.ffn_hidden[${tokens - 1},${one.index}]`, one.index), make('td', { class: 'num', text: told(one.share) }), make('td', { class: 'num' }, told(one.activations.at(-1)), one.silent ? make('small', { text: ' silent here' }) : null),
    make('td', {}, sparkline(one.activations)), plainTokens(one.reads), plainTokens(one.raises), plainTokens(one.lowers)],
};

async function fillFolded(details) {
  if (details.dataset.filled) return;
  details.dataset.filled = 'true';
  names ??= await vocabulary();
  const kind = details.dataset.fill, all = await findings();
  let like = details;
  while (like && !like.querySelector('table')) like = like.nextElementSibling;
  const head = like.querySelector('thead').cloneNode(true);
  const table = make('table', { class: like.querySelector('table').className || null }, head, make('tbody', {}, all[kind].filter((one) => one.block === Number(details.dataset.block)).map((one) => make('tr', {}, foldedRows[kind](one)))));
  details.append(make('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': details.querySelector('summary').textContent }, table));
  if (table.classList.contains('sortable')) sortable(table);
}
for (const details of document.querySelectorAll('details[data-fill]')) details.addEventListener('toggle', () => { if (details.open) fillFolded(details).catch((error) => console.error(error)); });
