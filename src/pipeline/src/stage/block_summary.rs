//! A whole block in one stage: what goes in, where each head looks, what comes out. The caption names the
//! operations between; opening the block plays them.

use glam::Vec3;
use orrery_model::{BlockTensor, NormPlacement};

use super::StageDescription;
use super::layout::{GAP, pixels_of_unit, room_for_name, token_axes};
use crate::camera::SafeArea;
use crate::colour::Quantity;
use crate::motion::{MotionKind, Origin, Wave};
use crate::operand::Operand;
use crate::part::PagedAxis;
use crate::placement::Placement;
use crate::scene::{AxisLabels, Caption};
use crate::stage::summary::block_line;
use crate::staging::Staging;
use crate::timeline::Window;

pub(super) static STAGE: StageDescription = StageDescription {
    title: |_| "Block in summary",
    slug: "block-summary",
    mark: "block",
    quantities: &[Quantity::Activation, Quantity::Probability],
    paged_axes: &[PagedAxis::Heads, PagedAxis::Features, PagedAxis::Tokens],
    shows_attention: true,
    in_summary: true,
    facts: |pass| {
        match pass.config().norm_placement {
        NormPlacement::Pre => Vec::new(),
        NormPlacement::Post => vec!["This model norms after each sum, as the first transformer did. GPT-2 norms before attention and feed-forward instead.".to_owned()],
    }
    },
    work: |clock| clock.in_block(0.0, 4.0),
    set,
    ..StageDescription::COMMON
};

/// Width of a map's name and size, in pixels.
const NAME_AND_SIZE: f32 = 84.0;

fn set(staging: &mut Staging<'_>) {
    use BlockTensor as T;
    let block = staging.block();
    let config = staging.pass().config();
    let blocks = config.n_blocks;
    let shown = staging.parts().heads().heads().to_vec();
    let (heads, d_model) = (shown.len(), staging.parts().features() as f32);
    let tokens = staging.parts().tokens() as f32;
    let compute = staging.compute();
    let (look, make) = (compute.part(0.0, 0.5), compute.part(0.45, 1.0));

    let input_place = Placement::at(0.0, 0.0);
    let input = staging.stand(Operand::value(block, T::Input), input_place);
    token_axes(staging, input);
    // the heads' attention maps, in two rows if there are several
    let across = heads.div_ceil(2).max(1);
    let mut right = d_model + GAP;
    // each map has its name and size above it, and room for them
    let wide = 2.0 * (d_model + GAP) + across as f32 * (tokens + 2.0);
    let unit = pixels_of_unit(wide, 2.0 * tokens);
    let (beside, between) = (NAME_AND_SIZE / unit, room_for_name(unit));
    for (at, head) in shown.into_iter().enumerate() {
        let (column, row) = ((at % across) as f32, (at / across) as f32);
        let lines = heads.div_ceil(across) as f32;
        // both rows together are about as high as the picture lets them be
        let free = (tokens * 1.5).max(0.3 * d_model);
        let scale = ((free - (lines - 1.0) * between) / (lines * tokens)).clamp(0.35, 1.0);
        let high = lines * tokens * scale + (lines - 1.0) * between;
        let x = d_model + GAP + column * (tokens * scale + 2.0).max(beside);
        let y = (high - tokens) * 0.5 - row * (tokens * scale + between);
        right = right.max(x + tokens * scale + GAP);
        let map = staging.enter_at(
            Operand::value(block, T::Attention).head(head),
            Placement::at(x, y).scaled(scale),
            look.pair(),
        );
        staging.axes(map, AxisLabels::None, AxisLabels::None);
        staging.short_name(map, &format!("A^{{({})}}", head + 1));
    }
    let output = staging.produce(Operand::value(block, T::Output), Placement::at(right, 0.0));
    staging.axes(output, AxisLabels::None, AxisLabels::Indices);
    staging.add(
        input,
        MotionKind::Pulse(Wave::diagonal(look.start, look.end)),
    );
    staging.add(
        output,
        MotionKind::Arrive(
            Wave::diagonal(make.start, make.end),
            Origin::Grid(input_place),
        ),
    );
    staging.operator(
        "→",
        Vec3::new(right - GAP * 0.5 - 0.5, -(tokens - 1.0) * 0.5, 0.0),
    );
    let looks = if heads == 1 {
        "where its head looks"
    } else {
        "where each head looks"
    };
    let title = match blocks {
        1 => "The only block".to_owned(),
        _ => format!("Block {} of {blocks}", block + 1),
    };
    staging.caption(Caption::new(
        Window::new(0.0, staging.duration()),
        format!("{title} in summary: its attention, norms, sums and feed-forward run, but are not played one by one. Shown: what goes in, {looks}, and what comes out."),
        block_line(staging.pass().config()),
    ));
    staging.frame_all(SafeArea::BAND);
}
