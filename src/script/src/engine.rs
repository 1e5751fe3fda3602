//! The language, bounded: arithmetic, loops, lists and functions, and nothing that reaches out of the script.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use std::time::{Duration, Instant};

use rhai::Engine;
use rhai::packages::{
    ArithmeticPackage, BasicArrayPackage, BasicIteratorPackage, BasicMapPackage, BasicMathPackage,
    BasicStringPackage, LogicPackage, Package,
};

use crate::{facts, place};

/// Steps of one call, at most: it may ask for many cells.
const STEPS: u64 = 200_000;
/// Steps of all calls for one scene, at most.
const STEPS_ALTOGETHER: u64 = 6_000_000;
/// Time of all calls for one scene, at most: a last resort, for slow machines.
const TIME: Duration = Duration::from_secs(10);
/// What a call counts at least.
const SHORT: u64 = 32;
/// How many steps pass between two looks at the clock.
const BETWEEN_LOOKS: u64 = 512;

/// What the calls for one scene have used up.
#[derive(Debug, Default)]
pub(crate) struct Used {
    steps: AtomicU64,
}

/// A language for one scene: all steps are counted together.
pub(crate) fn bounded(used: &Arc<Used>) -> Engine {
    let used = used.clone();
    let began = Instant::now();
    let mut engine = language();
    engine.on_progress(move |steps| {
        // the first of a call counts for those that are too short to reach a look
        if steps != 1 && !steps.is_multiple_of(BETWEEN_LOOKS) {
            return None;
        }
        let counted = if steps == 1 { SHORT } else { BETWEEN_LOOKS };
        let all = used.steps.fetch_add(counted, Ordering::Relaxed);
        (all > STEPS_ALTOGETHER || began.elapsed() > TIME).then_some(rhai::Dynamic::UNIT)
    });
    engine
}

/// The language itself.
pub(crate) fn language() -> Engine {
    let mut engine = Engine::new_raw();
    ArithmeticPackage::new().register_into_engine(&mut engine);
    LogicPackage::new().register_into_engine(&mut engine);
    BasicMathPackage::new().register_into_engine(&mut engine);
    BasicIteratorPackage::new().register_into_engine(&mut engine);
    BasicStringPackage::new().register_into_engine(&mut engine);
    BasicArrayPackage::new().register_into_engine(&mut engine);
    BasicMapPackage::new().register_into_engine(&mut engine);
    for word in ["eval", "import", "export"] {
        engine.disable_symbol(word);
    }
    engine
        .set_max_operations(STEPS)
        .set_max_call_levels(24)
        .set_max_expr_depths(64, 48)
        .set_max_array_size(4_096)
        .set_max_map_size(256)
        .set_max_string_size(4_096)
        .set_max_variables(64)
        .set_max_functions(64)
        .set_max_modules(0)
        .set_strict_variables(true);
    facts::register(&mut engine);
    place::register(&mut engine);
    engine
}
