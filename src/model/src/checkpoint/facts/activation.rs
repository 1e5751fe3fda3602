//! The names of activations.

use crate::config::Activation;

/// The activation of this name, in the spellings of PyTorch, Hugging Face and training scripts
/// (`gelu_new`, `nn.GELU(approximate='tanh')`, `torch.nn.functional.relu`), if it is one that is known.
pub fn named_activation(name: &str) -> Option<Activation> {
    let (name, arguments) = match name.split_once('(') {
        Some((name, arguments)) => (name, arguments),
        None => (name, ""),
    };
    let last = name.rsplit(['.', ':']).next().unwrap_or(name);
    let plain: String = last
        .trim()
        .chars()
        .filter(|c| !matches!(c, '_' | '-' | ' '))
        .flat_map(char::to_lowercase)
        .collect();
    let tanh = arguments.contains("tanh");
    Some(match plain.as_str() {
        "relu" => Activation::Relu,
        "gelu" if tanh => Activation::GeluTanh,
        "gelu" | "gelupython" | "geluerf" | "geluexact" | "erfgelu" | "exactgelu" => {
            Activation::GeluErf
        }
        "gelunew" | "newgelu" | "gelupytorchtanh" | "pytorchgelutanh" | "gelutanh" | "tanhgelu"
        | "gelufast" | "fastgelu" | "geluaccurate" | "geluapprox" | "geluapproximate" => {
            Activation::GeluTanh
        }
        _ => return None,
    })
}

/// The form of GELU that a fact of that name alone says (`approximate: "tanh"`).
pub fn gelu_form(form: &str) -> Option<Activation> {
    match form.to_lowercase().as_str() {
        "tanh" => Some(Activation::GeluTanh),
        "none" | "erf" | "exact" => Some(Activation::GeluErf),
        _ => named_activation(form).filter(|&found| found != Activation::Relu),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn activations_are_known_in_every_spelling_and_others_are_not_taken_for_them() {
        for (name, expected) in [
            ("ReLU", Activation::Relu),
            ("nn.ReLU(inplace=True)", Activation::Relu),
            ("torch.nn.functional.relu", Activation::Relu),
            ("GELU", Activation::GeluErf),
            ("nn.GELU(approximate='tanh')", Activation::GeluTanh),
            ("NewGELU", Activation::GeluTanh),
            ("gelu_new", Activation::GeluTanh),
        ] {
            assert_eq!(named_activation(name), Some(expected), "{name}");
        }
        for other in [
            "silu",
            "swish",
            "tanh",
            "relu2",
            "squared_relu",
            "relu^2",
            "ReLU6",
            "leaky_relu",
            "prelu",
            "quick_gelu",
            "gelu_10",
            "geglu",
            "swiglu",
            "mish",
            "elu",
            "selu",
            "sigmoid",
            "identity",
            "linear",
            "none",
            "",
            "gelu gated",
        ] {
            assert_eq!(named_activation(other), None, "{other}");
        }
        assert_eq!(gelu_form("tanh"), Some(Activation::GeluTanh));
        assert_eq!(gelu_form("none"), Some(Activation::GeluErf));
        assert_eq!(gelu_form("quick"), None);
    }
}
