// What follows from the run by the rule of the direct shares: the divisor of every norm is held at the run's value,
// and everything is linear. Needs the weights.

const dot = (a, b) => { let sum = 0; for (let k = 0; k < a.length; k++) sum += a[k] * b[k]; return sum; };

// C(g⊙γ)/s and γ⊙C(x)/s: a direction backwards, and a vector forwards, through a norm.
async function heldNorm(prefix, block, row) {
  const tensorName = block === null ? 'final_norm' : `block${block}.norm${prefix}`;
  const weightName = (letter) => block === null ? 'final_' + letter : `block${block}_${letter}${prefix}`;
  const gamma = (await weight(weightName('gamma'))).values, beta = (await weight(weightName('beta')))?.values ?? null;
  const divisor = Math.sqrt((await matrixOf(tensorName + '_variance', null)).at(row, 0) + config.norm_epsilon);
  const centred = (x) => { let mean = 0; for (const value of x) mean += value / x.length; return x.map((value) => value - mean); };
  return {
    backwards: (g) => centred(g.map((value, k) => value * gamma[k])).map((value) => value / divisor),
    forwards: (x) => centred(x).map((value, k) => value * gamma[k] / divisor),
    bias: (g) => beta ? dot(g, beta) : 0,
  };
}

// A norm that is evaluated, for rows that are no row of the run: γ⊙(x − x̄)/√(σ² + ε) + β.
async function ownNorm(prefix, block) {
  const gamma = (await weight(`block${block}_gamma${prefix}`)).values, beta = (await weight(`block${block}_beta${prefix}`))?.values;
  return (x) => {
    const mean = x.reduce((a, b) => a + b, 0) / x.length, variance = x.reduce((a, b) => a + (b - mean) ** 2, 0) / x.length, s = Math.sqrt(variance + config.norm_epsilon);
    return x.map((value, c) => (value - mean) / s * gamma[c] + (beta ? beta[c] : 0));
  };
}

const rowOf = (matrix, row) => Array.from({ length: matrix.columns }, (_, k) => matrix.at(row, k));

// A logit of the run; one that is not in the file is made of the last row and the weights.
async function logitOf(row, token) {
  const there = (await matrixOf('logits', null)).at(row, token);
  if (!Number.isNaN(there) || !hasModel) return there;
  const table = await weight(config.tied_head ? 'embedding' : 'head'), bias = await weight('head_bias'), d = config.d_model;
  return dot(rowOf(await matrixOf(config.final_norm ? 'final_norm' : `block${config.n_blocks - 1}.output`, null), row), table.values.subarray(token * d, (token + 1) * d)) + (bias ? bias.values[token] : 0);
}

// What is asked of the model's end, as a direction and what is constant: a token's logit alone ('nothing'), less that of
// another (its id), or less the mean of all ('mean'), which the softmax cannot see.
async function questionOf(token, against) {
  const d = config.d_model, size = config.vocab_size, table = await weight(config.tied_head ? 'embedding' : 'head'), bias = (await weight('head_bias'))?.values;
  const g = Array.from(table.values.subarray(token * d, (token + 1) * d));
  let constant = bias ? bias[token] : 0;
  for (const [id, part] of against === 'nothing' ? [] : against === 'mean' ? Array.from({ length: size }, (_, id) => [id, 1 / size]) : [[against, 1]]) {
    for (let k = 0; k < d; k++) g[k] -= table.values[id * d + k] * part;
    if (bias) constant -= bias[id] * part;
  }
  return { g, constant };
}
// The number that is asked for, of a row's logits.
const answerOf = (logits, token, against) => logits[token] - (against === 'nothing' ? 0 : against === 'mean' ? logits.reduce((sum, x) => sum + x, 0) / logits.length : logits[against]);
async function answerHere(token, against, row) { return against === 'mean' ? answerOf(await Promise.all(Array.from({ length: config.vocab_size }, (_, id) => logitOf(row, id))), token, against) : await logitOf(row, token) - (against === 'nothing' ? 0 : await logitOf(row, against)); }

// The direct shares of what is asked of a token's logit at a position: [{part, words, share, dimensions}], biases last; what
// a part has in each dimension of the stream, g_k·x_k, is worked out when it is asked for.
async function directShares(token, against, row, atMlp = null) {
  const d = config.d_model;
  let { g, constant: biases } = await questionOf(token, against);
  const through = async (prefix, block) => { const norm = await heldNorm(prefix, block, row); biases += norm.bias(g); g = norm.backwards(g); };
  const parts = [];
  if (config.final_norm) await through('', null);
  for (let block = config.n_blocks - 1; block >= 0; block--) {
    const name = (text) => `block${block}.${text}`, w = (text) => weight(`block${block}_${text}`);
    if (!pre) await through('2', block);
    if (atMlp) await atMlp(block, g);
    const down = await w('b2');
    if (down) biases += dot(g, down.values);
    const added = rowOf(await matrixOf(name('ffn_output'), null), row).map((x, k) => x - (down ? down.values[k] : 0)), atDown = g;
    parts.push({ part: `h${block}.mlp`, words: `block ${block + 1}, MLP`, share: dot(g, added), dimensions: () => added.map((x, k) => x * atDown[k]) });
    if (!pre) await through('1', block);
    const out = (await w('W_O')).values, valueBias = await w('b_V'), outputBias = await w('b_O');
    if (outputBias) biases += dot(g, outputBias.values);
    for (let head = heads - 1; head >= 0; head--) {
      const counts = Array.from({ length: dHead }, (_, j) => { let sum = 0; const from = (head * dHead + j) * d; for (let k = 0; k < d; k++) sum += out[from + k] * g[k]; return sum; });
      let total = 0;
      const attention = await matrixOf(name('attention'), head);
      for (let column = 0; column <= row; column++) total += attention.at(row, column);
      if (valueBias) biases += total * dot(counts, valueBias.values.subarray(head * dHead));
      const v = await matrixOf(name('v'), head), taken = rowOf(await matrixOf(name('head_output'), head), row).map((x, c) => x - (valueBias ? total * valueBias.values[head * dHead + c] : 0)), atOut = g;
      parts.push({ part: `h${block}.head${head}`, words: `block ${block + 1}, head ${head + 1}`, share: dot(counts, taken), sources: () => Array.from({ length: row + 1 }, (_, at) => attention.at(row, at) * dot(counts, rowOf(v, at).map((x, c) => x - (valueBias ? valueBias.values[head * dHead + c] : 0)))), dimensions: () => atOut.map((value, k) => { let sum = 0; for (let c = 0; c < dHead; c++) sum += taken[c] * out[(head * dHead + c) * d + k]; return sum * value; }) });
    }
  }
  for (const [part, words, name] of [['position', 'position embedding', 'position_embedding'], ['token', 'token embedding', 'token_embedding']]) { const x = rowOf(await matrixOf(name, null), row), entered = g; parts.push({ part, words, share: dot(g, x), dimensions: () => x.map((value, k) => value * entered[k]) }); }
  parts.reverse();
  parts.push({ part: 'biases', words: 'all biases', share: biases });
  return parts;
}

// What the raw lens makes of the same question, stage by stage; the last is the run's own.
async function lensSteps(token, against, row) {
  const d = config.d_model, { g, constant } = await questionOf(token, against);
  const [gamma, beta] = config.final_norm ? [(await weight('final_gamma')).values, (await weight('final_beta'))?.values] : [null, null];
  const stages = (await findings()).lens, values = [];
  for (const [at, name] of stages.tensors.entries()) {
    if (at === stages.tensors.length - 1) { values.push(await answerHere(token, against, row)); break; }
    let x = rowOf(await matrixOf(name, null), row);
    if (gamma) {
      const mean = x.reduce((a, b) => a + b, 0) / d, variance = x.reduce((a, b) => a + (b - mean) ** 2, 0) / d, s = Math.sqrt(variance + config.norm_epsilon);
      x = x.map((value, k) => (value - mean) / s * gamma[k] + (beta ? beta[k] : 0));
    }
    values.push(constant + dot(x, g));
  }
  return values;
}

const scoreParts = ['token × token', 'token × position', 'position × token', 'position × position', 'all else'];

// What of a block's Q and K rows is the token's or the position's own: carried through every norm on the way.
async function ownProjection(embedding, letter, block, head, row) {
  let x = rowOf(await matrixOf(embedding, null), row);
  for (let before = 0; before < block && !pre; before++) {
    x = (await heldNorm('1', before, row)).forwards(x);
    x = (await heldNorm('2', before, row)).forwards(x);
  }
  if (pre) x = (await heldNorm('1', block, row)).forwards(x);
  const w = await weight(`block${block}_W_${letter}`);
  return Array.from({ length: dHead }, (_, c) => { let sum = 0; for (let k = 0; k < x.length; k++) sum += x[k] * w.values[k * w.columns + head * dHead + c]; return sum; });
}

// Every score of a row of a head as the sum of five: [row + 1][5].
async function scoreSplit(block, head, row) {
  const own = (letter, at) => Promise.all(['token_embedding', 'position_embedding'].map((name) => ownProjection(name, letter, block, head, at)));
  const [tokenQ, positionQ] = await own('Q', row), scores = await matrixOf(`block${block}.scores`, head), all = [];
  for (let column = 0; column <= row; column++) {
    const [tokenK, positionK] = await own('K', column);
    const four = [[tokenQ, tokenK], [tokenQ, positionK], [positionQ, tokenK], [positionQ, positionK]].map(([q, k]) => dot(q, k) / scoreDivisor(block));
    all.push([...four, scores.at(row, column) - four.reduce((a, b) => a + b, 0)]);
  }
  return all;
}

// What a block's query or key of a head is the sum of: {names, vectors}; what no part wrote, the biases, comes last.
async function projectionParts(letter, block, head, row) {
  const d = config.d_model, names = ['token embedding', 'position embedding'], written = [rowOf(await matrixOf('token_embedding', null), row), rowOf(await matrixOf('position_embedding', null), row)];
  const through = async (prefix, at) => { const norm = await heldNorm(prefix, at, row); written.forEach((x, which) => { written[which] = norm.forwards(x); }); };
  for (let before = 0; before < block; before++) {
    const out = (await weight(`block${before}_W_O`)).values, valueBias = (await weight(`block${before}_b_V`))?.values, down = (await weight(`block${before}_b2`))?.values;
    for (let of = 0; of < heads; of++) {
      const taken = rowOf(await matrixOf(`block${before}.head_output`, of), row), attention = await matrixOf(`block${before}.attention`, of);
      let total = 0;
      for (let column = 0; column <= row; column++) total += attention.at(row, column);
      names.push(`block ${before + 1}, head ${of + 1}`);
      written.push(Array.from({ length: d }, (_, k) => { let sum = 0; for (let c = 0; c < dHead; c++) sum += (taken[c] - (valueBias ? total * valueBias[of * dHead + c] : 0)) * out[(of * dHead + c) * d + k]; return sum; }));
    }
    if (!pre) await through('1', before);
    names.push(`block ${before + 1}, MLP`);
    written.push(rowOf(await matrixOf(`block${before}.ffn_output`, null), row).map((x, k) => x - (down ? down[k] : 0)));
    if (!pre) await through('2', before);
  }
  if (pre) await through('1', block);
  const w = await weight(`block${block}_W_${letter}`), whole = rowOf(await matrixOf(`block${block}.${letter.toLowerCase()}`, head), row);
  const vectors = written.map((x) => Array.from({ length: dHead }, (_, c) => { let sum = 0; for (let k = 0; k < d; k++) sum += x[k] * w.values[k * w.columns + head * dHead + c]; return sum; }));
  names.push('biases');
  vectors.push(whole.map((x, c) => x - vectors.reduce((sum, vector) => sum + vector[c], 0)));
  return { names, vectors };
}

// A score as the sum of products of a part of its query and a part of its key: [query part][key part].
async function partProducts(block, head, query, key) {
  const [q, k] = await Promise.all([projectionParts('Q', block, head, query), projectionParts('K', block, head, key)]);
  return { names: q.names, terms: q.vectors.map((a) => k.vectors.map((b) => dot(a, b) / scoreDivisor(block))) };
}

// The hidden units of a block, the largest direct share at a position first: [{unit, share}].
async function unitShares(token, against, row, block) {
  let units = [];
  await directShares(token, against, row, async (of, g) => {
    if (of !== block) return;
    const down = (await weight(`block${block}_W2`)).values, hidden = await matrixOf(`block${block}.ffn_hidden`, null);
    units = Array.from({ length: config.d_ff }, (_, unit) => { let sum = 0; for (let k = 0; k < config.d_model; k++) sum += down[unit * config.d_model + k] * g[k]; return { unit, share: sum * hidden.at(row, unit) }; });
  });
  return units.sort((a, b) => Math.abs(b.share) - Math.abs(a.share));
}

// What a token at a position would write, if a head looked at it alone: its embedding's own way into the block (norms on
// it evaluated, nothing added by blocks before), then W_V and W_O of the head, then every later norm with the divisor
// that the run has at `row`, then the un-embedding. b_V belongs to no head and is left out. Gives the effect on every
// logit for any token: exact as the head's input for the first block only, since later blocks read what others wrote.
async function writesOf(block, head, source, row) {
  const d = config.d_model, size = config.vocab_size;
  const [embedding, places, into, out, ends] = await Promise.all(['embedding', 'pos_encoding', `block${block}_W_V`, `block${block}_W_O`, config.tied_head ? 'embedding' : 'head'].map(weight));
  const before = [], behind = [];
  for (let at = 0; at < block && !pre; at++) before.push(await ownNorm('1', at), await ownNorm('2', at));
  if (pre) before.push(await ownNorm('1', block));
  for (let at = block; at < config.n_blocks && !pre; at++) behind.push(await heldNorm('1', at, row), await heldNorm('2', at, row));
  if (config.final_norm) behind.push(await heldNorm('', null, row));
  // what each number of the head's output does to every logit: all that lies behind is linear
  const reach = Array.from({ length: dHead }, (_, c) => {
    let written = Array.from(out.values.subarray((head * dHead + c) * d, (head * dHead + c + 1) * d));
    for (const norm of behind) written = norm.forwards(written);
    const effect = new Float64Array(size);
    for (let id = 0; id < size; id++) { let sum = 0; for (let k = 0; k < d; k++) sum += written[k] * ends.values[id * d + k]; effect[id] = sum; }
    return effect;
  });
  return (token) => {
    let x = Array.from({ length: d }, (_, k) => embedding.values[token * d + k] + places.values[source * d + k]);
    for (const norm of before) x = norm(x);
    const effect = new Float64Array(size);
    for (let c = 0; c < dHead; c++) {
      let value = 0;
      for (let k = 0; k < d; k++) value += x[k] * into.values[k * into.columns + head * dHead + c];
      for (let id = 0; id < size; id++) effect[id] += value * reach[c][id];
    }
    return effect;
  };
}
