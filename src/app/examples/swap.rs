//! What a change of visualization costs: the frames of changes from each visualization to the next, beside the frames of
//! a picture that rests and of one that moves. Run it with `cargo run --release --example swap -p orrery`.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use orrery::looks::{Swap, registry, swap::SwapClock};
use orrery::render::{PictureSize, QualityChoice};
use orrery::show::{CurrentShow, NamedModel, PictureSettings, ShowRenderer, ShowSettings};
use orrery_model::{Gpt, GptConfig, SamplingSettings, Tokenizer};
use orrery_pipeline::{Detail, Group, Pacing, Pages, ShowOptions};

const FRAMES: usize = 50;

/// A show with about 20,000 cells in a stage.
fn show() -> Result<CurrentShow, Box<dyn std::error::Error>> {
    let config = GptConfig {
        n_blocks: 1,
        n_heads: 6,
        d_model: 96,
        d_ff: 384,
        context_length: 64,
        ..GptConfig::default()
    };
    Ok(CurrentShow::new(ShowSettings {
        model: NamedModel {
            gpt: Arc::new(Gpt::random(config, 3)?),
            tokenizer: Arc::new(Tokenizer::charlm()),
            name: "random".to_owned(),
            options: Vec::new(),
        },
        prompt: "to be or not to be that is the question".to_owned(),
        lossy: false,
        options: ShowOptions {
            tokens: 1,
            sampling: SamplingSettings::default(),
            opened: BTreeSet::from([0]),
            later_tokens: Detail::Abbreviated,
            pages: Pages::default(),
            lens: false,
        },
        pacing: Pacing::shipped()?,
    })?)
}

/// Seconds of each of some frames.
fn frames(
    renderer: &mut ShowRenderer,
    mut step: impl FnMut(&mut ShowRenderer, f32),
) -> Result<Vec<f64>, Box<dyn std::error::Error>> {
    let mut all = Vec::new();
    for at in 1..=FRAMES {
        let began = Instant::now();
        step(renderer, at as f32 / FRAMES as f32);
        renderer.renderer().update()?;
        all.push(began.elapsed().as_secs_f64());
    }
    Ok(all)
}

fn report(what: &str, frames: &[f64]) {
    let mut sorted = frames.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (median, most) = (sorted[sorted.len() / 2], sorted[sorted.len() - 1]);
    println!(
        "{what:24} median {:6.1} ms, longest {:6.1} ms ({:.2}×, frame {})",
        median * 1e3,
        most * 1e3,
        most / median,
        frames
            .iter()
            .position(|&frame| frame == most)
            .unwrap_or_default()
    );
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let show = show()?;
    let segments = show.show.timeline().segments().to_vec();
    let cells = |index: usize| -> usize {
        let scene = show.show.scene(index);
        scene.map_or(0, |scene| scene.groups.iter().map(Group::cells).sum())
    };
    let index = (0..segments.len())
        .filter(|&index| segments[index].block.is_some())
        .max_by_key(|&index| cells(index))
        .ok_or("the show has a block")?;
    println!("{} cells, {:?}", cells(index), segments[index].kind);
    let middle = segments[index].start + 0.5 * f64::from(segments[index].duration());
    // a small picture: what a rasterizer needs for its pixels is not asked here
    let settings = PictureSettings {
        size: PictureSize {
            width: 160,
            height: 90,
        },
        quality: QualityChoice::Software,
        ..PictureSettings::default()
    };
    let mut renderer = ShowRenderer::new(show.clone(), settings)?;
    renderer.picture(middle)?;
    let all = registry::compiled()?;
    let mut names: Vec<String> = all.all().map(|found| found.identifier.clone()).collect();
    names.push("terrain".to_owned());
    names.push("spiral".to_owned());
    names.push("cubes".to_owned());
    for name in &names {
        renderer.choose(|chosen| chosen.choose_for_all(name));
        renderer.picture(middle)?;
        let moving = frames(&mut renderer, |renderer, share| {
            renderer.set_time(middle + f64::from(share));
        })?;
        report(&format!("{name} moving"), &moving);
    }
    for pair in names.windows(2) {
        renderer.choose(|chosen| chosen.choose_for_all(&pair[0]));
        renderer.picture(middle)?;
        renderer.renderer().world_mut().insert_resource(SwapClock);
        renderer.choose(|chosen| chosen.choose_for_all(&pair[1]));
        // scenes are made beside the frames
        for _ in 0..200 {
            renderer.renderer().update()?;
            if renderer
                .renderer()
                .world_mut()
                .resource::<Swap>()
                .shaped()
                .is_some_and(|shaped| shaped.is_made(index))
            {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        renderer
            .renderer()
            .world_mut()
            .remove_resource::<SwapClock>();
        let changing = frames(&mut renderer, |renderer, share| {
            renderer
                .renderer()
                .world_mut()
                .resource_mut::<Swap>()
                .set_share(share);
        })?;
        report(&format!("{} to {}", pair[0], pair[1]), &changing);
    }
    Ok(())
}
