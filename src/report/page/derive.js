// How a cell was made: every term, each factor with the cell it came from. The table of operations in the
// program says the same; a test compares them.

const f = (value, from) => ({ value, from });
const cellOf = (tensor, head, row, column) => ({ tensor, head, row, column });

// Σ left·right (+ bias): `left(k)` and `right(k)` give factors.
function products(count, left, right, bias) {
  const terms = [];
  for (let k = 0; k < count; k++) {
    const a = left(k), b = right(k);
    terms.push({ factors: [a, b], product: a.value * b.value });
  }
  if (bias) terms.push({ factors: [bias], product: bias.value, bias: true });
  return { terms, kind: 'sum' };
}

async function weightFactor(name) {
  const found = await weight(name);
  return found ? (row, column) => f(found.values[row * found.columns + column], { weight: name, row, column }) : null;
}

// {terms, kind, words, value}: the sum of the terms' products is the value where kind is 'sum'; null where
// the file lacks what it was made of.
async function derive(name, head, row, column) {
  const at = async (tensorName, tensorHead = null) => {
    const found = await matrixOf(tensorName, tensorHead);
    return (r, c) => f(found.at(r, c), cellOf(tensorName, tensorHead, r, c));
  };
  const value = (await matrixOf(name, head)).at(row, column);
  const done = (made) => made && { ...made, value };
  const single = (factor, words) => ({ terms: [{ factors: [factor], product: factor.value }], kind: 'sum', words });
  const block = /^block(\d+)\.(.+)$/.exec(name);
  const before = block && ((n) => `block${block[1]}.${n}`);
  const w = block && ((n) => `block${block[1]}_${n}`);
  const project = async (input, columns, weightName, biasName, target) => {
    const matrix = await weightFactor(weightName), bias = await weightFactor(biasName);
    if (!matrix) return null;
    const from = await at(input);
    return products(columns, (k) => from(row, k), (k) => matrix(k, target), bias && bias(0, target));
  };
  const norm = async (input, means, variances, gammaName, betaName) => {
    const gamma = await weightFactor(gammaName), beta = await weightFactor(betaName);
    if (!gamma) return null;
    const x = (await at(input))(row, column), mean = (await at(means))(row, 0), variance = (await at(variances))(row, 0);
    const scale = 1 / Math.sqrt(variance.value + config.norm_epsilon), g = gamma(0, column);
    const terms = [{ factors: [x, g], note: '·1/√(σ²+ε)', product: x.value * g.value * scale }, { factors: [mean, g], note: '·−1/√(σ²+ε)', product: -mean.value * g.value * scale }];
    if (beta) terms.push({ factors: [beta(0, column)], product: beta(0, column).value, bias: true });
    // x and the row's others enter through mean and variance
    const also = [];
    const columns = packed.get(input).shape.at(-1), whole = await at(input);
    for (let k = 0; k < columns; k++) also.push(whole(row, k).from);
    return { terms, kind: 'sum', also: [...also, variance.from], words: `μ and σ² are those of the row; √(σ² + ε) = ${number(1 / scale)}` };
  };
  const statistic = async (input, isMean) => {
    const from = await at(input), columns = packed.get(input).shape.at(-1);
    if (isMean) return { terms: Array.from({ length: columns }, (_, k) => ({ factors: [from(row, k)], note: '/' + columns, product: from(row, k).value / columns })), kind: 'sum' };
    let mean = 0;
    for (let k = 0; k < columns; k++) mean += from(row, k).value / columns;
    return { terms: Array.from({ length: columns }, (_, k) => ({ factors: [from(row, k)], note: `(x−μ)²/${columns}`, product: (from(row, k).value - mean) ** 2 / columns })), kind: 'sum' };
  };
  const first = pre ? 'input' : 'residual1', second = pre ? 'residual1' : 'residual2';
  if (name === 'token_embedding' || name === 'position_embedding') {
    const table = await weightFactor(name === 'token_embedding' ? 'embedding' : 'pos_encoding');
    return done(table && single(table(name === 'token_embedding' ? manifest.ids[row] : row, column), 'looked up'));
  }
  if (name === 'embedded') {
    if (!packed.has('token_embedding')) return null;
    const a = (await at('token_embedding'))(row, column), b = (await at('position_embedding'))(row, column);
    return done({ terms: [a, b].map((x) => ({ factors: [x], product: x.value })), kind: 'sum' });
  }
  const lastOutput = `block${config.n_blocks - 1}.output`;
  if (name === 'final_norm_mean' || name === 'final_norm_variance') return done(await statistic(lastOutput, name.endsWith('mean')));
  if (name === 'final_norm') return done(await norm(lastOutput, 'final_norm_mean', 'final_norm_variance', 'final_gamma', 'final_beta'));
  if (name === 'logits') {
    const table = await weightFactor(config.tied_head ? 'embedding' : 'head'), bias = await weightFactor('head_bias');
    const from = await at(config.final_norm ? 'final_norm' : lastOutput);
    return done(table && products(config.d_model, (k) => from(row, k), (k) => table(column, k), bias && bias(0, column)));
  }
  const softmax = async (input, inputHead, count, total) => {
    const from = await at(input, inputHead);
    let largest = -Infinity;
    for (let k = 0; k < count; k++) largest = Math.max(largest, from(row, k).value);
    let sum = 0;
    for (let k = 0; k < count; k++) sum += Math.exp(from(row, k).value - largest);
    const share = Array.from({ length: count }, (_, k) => Math.exp(from(row, k).value - largest));
    const terms = Array.from({ length: total }, (_, k) => ({ factors: [from(row, k)], note: 'exp', product: k < count ? share[k] : 0, masked: k >= count }));
    return { terms, kind: 'softmax', chosen: column, total: sum, words: `e to the power of each less the largest; this one divided by the sum ${number(sum)}` };
  };
  const sum = name === 'probabilities' ? logSumExp(row) : null;
  if (sum !== null) {
    // the others are not in the file, but what all of them come to is
    const from = await at('logits', null), there = Array.from({ length: config.vocab_size }, (_, k) => from(row, k)).map((factor, k) => ({ factor, k })).filter(({ factor }) => !Number.isNaN(factor.value));
    const largest = Math.max(...there.map(({ factor }) => factor.value)), total = Math.exp(sum - largest), terms = there.map(({ factor, k }) => ({ factors: [factor], note: 'exp', product: Math.exp(factor.value - largest), k }));
    terms.push({ factors: [], note: `all ${config.vocab_size - there.length} others together`, product: total - terms.reduce((all, term) => all + term.product, 0) });
    return done({ terms, kind: 'softmax', chosen: terms.findIndex((term) => term.k === column), total, words: `e to the power of each less the largest; this one divided by the sum over the whole vocabulary, ${number(total)}` });
  }
  if (name === 'probabilities') return (await tensor('logits')).values.some(Number.isNaN) ? null : done(await softmax('logits', null, config.vocab_size, config.vocab_size));
  if (!block) return null;
  const part = block[2], number1 = Number(block[1]);
  const needs = (...list) => list.every((n) => packed.has(before(n)));
  switch (part) {
    case 'input': return done(single((await at(number1 === 0 ? 'embedded' : `block${number1 - 1}.output`))(row, column), 'handed on'));
    case 'output': return done(single((await at(before(pre ? 'residual2' : 'norm2')))(row, column), 'handed on'));
    case 'norm1_mean': case 'norm1_variance': return done(await statistic(before(first), part.endsWith('mean')));
    case 'norm2_mean': case 'norm2_variance': return done(await statistic(before(second), part.endsWith('mean')));
    case 'norm1': return done(await norm(before(first), before('norm1_mean'), before('norm1_variance'), w('gamma1'), w('beta1')));
    case 'norm2': return done(await norm(before(second), before('norm2_mean'), before('norm2_variance'), w('gamma2'), w('beta2')));
    case 'q': case 'k': case 'v': {
      const letter = part.toUpperCase(), target = (head ?? 0) * (head === null ? 0 : dHead) + column;
      return done(await project(before(pre ? 'norm1' : 'input'), config.d_model, w('W_' + letter), w('b_' + letter), target));
    }
    case 'raw_scores': {
      const q = await at(before('q'), head), k = await at(before('k'), head);
      return done(products(dHead, (c) => q(row, c), (c) => k(column, c)));
    }
    case 'scores': {
      if (!needs('raw_scores')) return null;
      const raw = (await at(before('raw_scores'), head))(row, column);
      return done({ terms: [{ factors: [raw], note: '/' + number(scoreDivisor(number1)), product: raw.value / scoreDivisor(number1) }], kind: 'sum' });
    }
    case 'masked_scores': {
      const score = (await at(before('scores'), head))(row, column);
      if (column > row) return { terms: [], kind: 'masked', value, words: `No token looks ahead: the score ${number(score.value)} is closed.` };
      return done(single(score, 'seen: handed on'));
    }
    case 'attention': return needs('masked_scores') ? done(await softmax(before('masked_scores'), head, row + 1, tokens)) : null;
    case 'head_output': {
      const a = await at(before('attention'), head), v = await at(before('v'), head);
      return done(products(tokens, (c) => a(row, c), (c) => v(c, column)));
    }
    case 'concat': {
      const target = (head ?? 0) * (head === null ? 0 : dHead) + column;
      return done(single((await at(before('head_output'), Math.floor(target / dHead)))(row, target % dHead), 'set side by side'));
    }
    case 'attention_output': return done(await project(before('concat'), config.d_model, w('W_O'), w('b_O'), column));
    case 'residual1': case 'residual2': {
      const [x, y] = part === 'residual1' ? ['input', 'attention_output'] : [pre ? 'residual1' : 'norm1', 'ffn_output'];
      if (!needs(x, y)) return null;
      const a = (await at(before(x)))(row, column), b = (await at(before(y)))(row, column);
      return done({ terms: [a, b].map((t) => ({ factors: [t], product: t.value })), kind: 'sum' });
    }
    case 'ffn_pre_activation': return done(await project(before(pre ? 'norm2' : 'norm1'), config.d_model, w('W1'), w('b1'), column));
    case 'ffn_hidden': {
      const x = (await at(before('ffn_pre_activation')))(row, column);
      return done({ terms: [{ factors: [x], note: config.activation, product: activate(x.value) }], kind: 'sum' });
    }
    case 'ffn_output': return done(await project(before('ffn_hidden'), config.d_ff, w('W2'), w('b2'), column));
  }
  return null;
}

// Which cells a cell was made of, by name: for the test, and for lighting them.
function dependencies(made) {
  const all = made.terms.flatMap((term) => term.factors.map((factor) => factor.from));
  return [...all, ...(made.also || [])].map((from) => from.weight ? `${from.weight}[${from.row},${from.column}]` : formatAddress(from));
}

// Who reads a cell, in words and as addresses of what is there.
function users(name, head, row, column) {
  const block = /^block(\d+)\.(.+)$/.exec(name), list = [];
  const add = (words, tensor, h, r, c) => { if (packed.has(tensor)) list.push({ words, address: { tensor, head: h, row: r, column: c } }); };
  const into = (n) => {
    const b = `block${n}.`;
    if (pre) { add('norm 1 of its row', b + 'norm1', null, row, '*'); add('residual sum 1', b + 'residual1', null, row, column); }
    else { for (const letter of 'qkv') add(letter.toUpperCase() + ' of its row', b + letter, null, row, '*'); add('residual sum 1', b + 'residual1', null, row, column); }
  };
  const end = () => { if (config.final_norm) add('the final norm of its row', 'final_norm', null, row, '*'); else add('all logits of its row', 'logits', null, row, '*'); };
  if (name === 'token_embedding' || name === 'position_embedding') add('the sum of both', 'embedded', null, row, column);
  else if (name === 'embedded') into(0);
  else if (name === 'final_norm') add('all logits of its row', 'logits', null, row, '*');
  else if (name === 'logits') add('all probabilities of its row', 'probabilities', null, row, '*');
  if (!block) return list;
  const b = `block${block[1]}.`, n = Number(block[1]);
  const target = head === null ? column : head * dHead + column;
  const at = head ?? Math.floor(column / dHead);
  switch (block[2]) {
    case 'input': into(n); break;
    case 'output': if (n + 1 < config.n_blocks) into(n + 1); else end(); break;
    case 'norm1': if (pre) for (const letter of 'qkv') add(letter.toUpperCase() + ' of its row', b + letter, null, row, '*');
      else { add('the hidden layer of its row', b + 'ffn_pre_activation', null, row, '*'); add('residual sum 2', b + 'residual2', null, row, column); } break;
    case 'norm2': if (pre) add('the hidden layer of its row', b + 'ffn_pre_activation', null, row, '*'); else add('what leaves the block', b + 'output', null, row, column); break;
    case 'q': add('the scores of its row', b + 'raw_scores', at, row, '*'); break;
    case 'k': add('the scores of its column, in rows from here on', b + 'raw_scores', at, '*', row); break;
    case 'v': add('a column of the head’s output, in rows from here on', b + 'head_output', at, '*', target % dHead); break;
    case 'raw_scores': add('the divided score', b + 'scores', head, row, column); break;
    case 'scores': add('the masked score', b + 'masked_scores', head, row, column); break;
    case 'masked_scores': add('the attention of its row', b + 'attention', head, row, '*'); break;
    case 'attention': add('the head’s output of its row', b + 'head_output', head, row, '*'); break;
    case 'head_output': add('heads side by side', b + 'concat', null, row, target); break;
    case 'concat': add('what the attention adds, all of its row', b + 'attention_output', null, row, '*'); break;
    case 'attention_output': add('residual sum 1', b + 'residual1', null, row, column); break;
    case 'residual1': if (pre) { add('norm 2 of its row', b + 'norm2', null, row, '*'); add('residual sum 2', b + 'residual2', null, row, column); } else add('norm 1 of its row', b + 'norm1', null, row, '*'); break;
    case 'ffn_pre_activation': add('the activation', b + 'ffn_hidden', null, row, column); break;
    case 'ffn_hidden': add('what the MLP adds, all of its row', b + 'ffn_output', null, row, '*'); break;
    case 'ffn_output': add('residual sum 2', b + 'residual2', null, row, column); break;
    case 'residual2': if (pre) add('what leaves the block', b + 'output', null, row, column); else add('norm 2 of its row', b + 'norm2', null, row, '*'); break;
  }
  return list;
}
