//! A second forward pass, written straight from the formulas with ndarray, in double (or single)
//! precision and with no regard for speed. Tests compare with it; the bench measures against it.

use std::collections::BTreeMap;
use std::fmt::Debug;

use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, Array3, ArrayD, Axis, NdFloat, ScalarOperand, Slice};
use orrery_model::{Activation, BlockWeight as W, Gpt, NormPlacement, WeightId};

/// A number type for the second forward pass.
pub trait Number: NdFloat + ScalarOperand + Debug {
    fn of(x: f32) -> Self;
    fn erf(self) -> Self;
}

impl Number for f32 {
    fn of(x: f32) -> Self {
        x
    }
    fn erf(self) -> Self {
        libm::erff(self)
    }
}

impl Number for f64 {
    fn of(x: f32) -> Self {
        x.into()
    }
    fn erf(self) -> Self {
        libm::erf(self)
    }
}

fn matrix<F: Number>(gpt: &Gpt, id: WeightId) -> Option<Array2<F>> {
    Some(gpt.parameters().matrix(id)?.mapv(F::of))
}

fn times<F: Number>(a: &Array2<F>, b: &Array2<F>) -> Array2<F> {
    let mut out = Array2::zeros((a.nrows(), b.ncols()));
    general_mat_mul(F::one(), a, b, F::zero(), &mut out);
    out
}

fn linear<F: Number>(gpt: &Gpt, x: &Array2<F>, weight: WeightId, bias: WeightId) -> Array2<F> {
    let y = times(x, &matrix(gpt, weight).unwrap());
    match matrix::<F>(gpt, bias) {
        Some(bias) => y + bias,
        None => y,
    }
}

fn softmax<F: Number>(mut x: Array2<F>) -> Array2<F> {
    for mut row in x.rows_mut() {
        let largest = row.fold(F::neg_infinity(), |a, &b| a.max(b));
        row.mapv_inplace(|x| (x - largest).exp());
        let sum = row.sum();
        row.mapv_inplace(|x| x / sum);
    }
    x
}

/// Every intermediate value of a pass, by its key in a trace file.
pub fn forward<F: Number>(gpt: &Gpt, ids: &[usize]) -> BTreeMap<String, ArrayD<F>> {
    let config = gpt.config();
    let (tokens, d_head) = (ids.len(), config.d_head());
    let mut all = BTreeMap::new();
    let mut keep = |name: String, value: ArrayD<F>| {
        all.insert(name, value);
    };
    let norm = |x: &Array2<F>, gamma: WeightId, beta: WeightId| {
        let width = F::of(config.d_model as f32);
        let mean: Array1<F> = x.sum_axis(Axis(1)) / width;
        let centred = x - &mean.clone().insert_axis(Axis(1));
        let variance = centred.mapv(|x| x * x).sum_axis(Axis(1)) / width;
        let epsilon = F::of(config.norm_epsilon);
        let deviation = variance.mapv(|v| (v + epsilon).sqrt());
        let mut y = centred / deviation.insert_axis(Axis(1)) * matrix::<F>(gpt, gamma).unwrap();
        if let Some(beta) = matrix::<F>(gpt, beta) {
            y += &beta;
        }
        (y, mean, variance)
    };

    let token = matrix::<F>(gpt, WeightId::Embedding)
        .unwrap()
        .select(Axis(0), ids);
    let position = matrix::<F>(gpt, WeightId::PositionEmbedding)
        .unwrap()
        .slice_axis(Axis(0), Slice::from(..tokens))
        .to_owned();
    let mut x = &token + &position;
    keep("token_embedding".into(), token.into_dyn());
    keep("position_embedding".into(), position.into_dyn());
    keep("embedded".into(), x.clone().into_dyn());
    for block in 0..config.n_blocks {
        let id = |w| WeightId::Block(block, w);
        let mut keep = |name: &str, value: ArrayD<F>| keep(format!("block{block}.{name}"), value);
        let mut keep_norm = |n: u8, (y, mean, variance): (Array2<F>, Array1<F>, Array1<F>)| {
            keep(&format!("norm{n}_mean"), mean.into_dyn());
            keep(&format!("norm{n}_variance"), variance.into_dyn());
            keep(&format!("norm{n}"), y.clone().into_dyn());
            y
        };
        let pre = config.norm_placement == NormPlacement::Pre;
        let input = x.clone();
        let a_in = if pre {
            keep_norm(1, norm(&x, id(W::Norm1Gamma), id(W::Norm1Beta)))
        } else {
            x.clone()
        };
        let q = linear(gpt, &a_in, id(W::QueryWeight), id(W::QueryBias));
        let k = linear(gpt, &a_in, id(W::KeyWeight), id(W::KeyBias));
        let v = linear(gpt, &a_in, id(W::ValueWeight), id(W::ValueBias));
        let square = (config.n_heads, tokens, tokens);
        let [mut raw, mut scaled, mut masked, mut attention] =
            std::array::from_fn(|_| Array3::<F>::zeros(square));
        let mut head_output = Array3::zeros((config.n_heads, tokens, d_head));
        let mut concat = Array2::zeros((tokens, config.d_model));
        for head in 0..config.n_heads {
            let columns = Slice::from(head * d_head..(head + 1) * d_head);
            let [q, k, v] = [&q, &k, &v].map(|m| m.slice_axis(Axis(1), columns).to_owned());
            let scores = times(&q, &k.t().to_owned());
            raw.index_axis_mut(Axis(0), head).assign(&scores);
            let mut scores = scores / F::of(d_head as f32).sqrt();
            scaled.index_axis_mut(Axis(0), head).assign(&scores);
            for ((row, column), score) in scores.indexed_iter_mut() {
                if column > row {
                    *score = F::neg_infinity();
                }
            }
            masked.index_axis_mut(Axis(0), head).assign(&scores);
            let weights = softmax(scores);
            let out = times(&weights, &v);
            attention.index_axis_mut(Axis(0), head).assign(&weights);
            head_output.index_axis_mut(Axis(0), head).assign(&out);
            concat.slice_axis_mut(Axis(1), columns).assign(&out);
        }
        let projected = linear(gpt, &concat, id(W::OutputWeight), id(W::OutputBias));
        let residual1 = &x + &projected;
        let f_in = if pre {
            keep_norm(2, norm(&residual1, id(W::Norm2Gamma), id(W::Norm2Beta)))
        } else {
            keep_norm(1, norm(&residual1, id(W::Norm1Gamma), id(W::Norm1Beta)))
        };
        let before = linear(gpt, &f_in, id(W::UpWeight), id(W::UpBias));
        let half = F::of(0.5);
        let hidden = before.mapv(|x| match config.activation {
            Activation::Relu => x.max(F::zero()),
            Activation::GeluErf => half * x * (F::one() + (x / F::of(2.0).sqrt()).erf()),
            Activation::GeluTanh => {
                let scale = (F::of(2.0) / F::from(std::f64::consts::PI).unwrap()).sqrt();
                let cubic = F::from(0.044715).unwrap() * x * x * x;
                half * x * (F::one() + (scale * (x + cubic)).tanh())
            }
        });
        let fed = linear(gpt, &hidden, id(W::DownWeight), id(W::DownBias));
        let residual2 = if pre { &residual1 + &fed } else { &f_in + &fed };
        x = if pre {
            residual2.clone()
        } else {
            keep_norm(2, norm(&residual2, id(W::Norm2Gamma), id(W::Norm2Beta)))
        };
        for (name, value) in [
            ("input", input),
            ("q", q),
            ("k", k),
            ("v", v),
            ("concat", concat),
            ("attention_output", projected),
            ("residual1", residual1),
            ("ffn_pre_activation", before),
            ("ffn_hidden", hidden),
            ("ffn_output", fed),
            ("residual2", residual2),
            ("output", x.clone()),
        ] {
            keep(name, value.into_dyn());
        }
        for (name, value) in [
            ("raw_scores", raw),
            ("scores", scaled),
            ("masked_scores", masked),
            ("attention", attention),
            ("head_output", head_output),
        ] {
            keep(name, value.into_dyn());
        }
    }
    if config.final_norm {
        let (y, mean, variance) = norm(&x, WeightId::FinalGamma, WeightId::FinalBeta);
        keep("final_norm_mean".into(), mean.into_dyn());
        keep("final_norm_variance".into(), variance.into_dyn());
        keep("final_norm".into(), y.clone().into_dyn());
        x = y;
    }
    let head = if config.tied_head {
        WeightId::Embedding
    } else {
        WeightId::HeadWeight
    };
    let mut logits = times(&x, &matrix::<F>(gpt, head).unwrap().reversed_axes());
    if let Some(bias) = matrix::<F>(gpt, WeightId::HeadBias) {
        logits += &bias;
    }
    keep("logits".into(), logits.clone().into_dyn());
    keep("probabilities".into(), softmax(logits).into_dyn());
    all
}
