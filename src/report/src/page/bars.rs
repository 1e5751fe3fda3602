//! Bars that stand in tables: they are lengths of boxes, so that they print, scale and need no script.

use maud::{Markup, html};

/// A bar from 0 to a share of the width.
pub fn share(value: f64) -> Markup {
    let width = (100.0 * value.clamp(0.0, 1.0)).max(0.2);
    html! { span.track aria-hidden="true" { i style={ "width:" (format!("{width:.2}")) "%" } {} } }
}

/// A bar from 0 to a share of the width, and a mark at another.
pub fn marked(value: f64, mark: f64) -> Markup {
    let width = (100.0 * value.clamp(0.0, 1.0)).max(0.2);
    let at = 99.0 * mark.clamp(0.0, 1.0);
    html! { span.track aria-hidden="true" { i style={ "width:" (format!("{width:.2}")) "%" } {} b.uniform style={ "left:" (format!("{at:.2}")) "%" } {} } }
}

/// A bar between two numbers on an axis from `low` to `high`; what goes down is hatched.
pub fn between(from: f64, to: f64, (low, high): (f64, f64)) -> Markup {
    let span = (high - low).max(f64::MIN_POSITIVE);
    let place = |x: f64| (100.0 * (x - low) / span).clamp(0.0, 100.0);
    let (left, right) = (place(from.min(to)), place(from.max(to)));
    let sign = if to < from { "down" } else { "up" };
    html! {
        span.track aria-hidden="true" {
            b style={ "left:" (format!("{:.2}", place(0.0))) "%" } {}
            i class=(sign) style={ "left:" (format!("{left:.2}")) "%;width:" (format!("{:.2}", (right - left).max(0.3))) "%" } {}
        }
    }
}
