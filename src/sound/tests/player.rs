//! The player of a device: what it plays is what the synth plays, and no change of it clicks.

#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Arc;

use orrery_sound::{
    Frame, Levels, Order, Player, RATE, Score, Sonification, Style, Synth, SynthSettings,
};
use support::{rms_db, small_show};

fn score() -> Arc<Score> {
    Arc::new(Score::new(&small_show(), &Sonification::shipped().unwrap()))
}

fn synth(score: &Arc<Score>, seconds: f64) -> Box<Synth> {
    Box::new(Synth::at(score.clone(), SynthSettings::default(), seconds))
}

/// The greatest jump between neighbouring frames.
fn jump(frames: &[Frame]) -> f32 {
    let step = |pair: &[Frame]| {
        (pair[1][0] - pair[0][0])
            .abs()
            .max((pair[1][1] - pair[0][1]).abs())
    };
    frames.windows(2).map(step).fold(0.0, f32::max)
}

#[test]
fn playing_is_what_the_synth_plays() {
    let score = score();
    let mut player = Player::new();
    player.follow(Order::TakeOver(synth(&score, 6.0)));
    let mut silence = vec![[1.0; 2]; 480];
    player.render(&mut silence);
    assert!(
        silence.iter().flatten().all(|&sample| sample == 0.0),
        "a pause is silent"
    );
    player.follow(Order::Play(true));
    let mut played = vec![[0.0; 2]; RATE as usize];
    for block in played.chunks_mut(480) {
        player.render(block);
    }
    let mut wanted = vec![[0.0; 2]; RATE as usize];
    synth(&score, 6.0).render(&mut wanted);
    // once the gate is open: the same bits
    assert!(played[480..] == wanted[480..]);
    assert!((player.synth().unwrap().seconds() - 7.0).abs() < 1e-6);
}

#[test]
fn a_pause_stands_still_and_goes_on_where_it_was() {
    let score = score();
    let mut player = Player::new();
    player.follow(Order::TakeOver(synth(&score, 6.0)));
    player.follow(Order::Play(true));
    let mut out = vec![[0.0; 2]; RATE as usize / 2];
    player.render(&mut out);
    player.follow(Order::Play(false));
    player.render(&mut out);
    assert!(player.rests());
    // silent within 30 ms
    assert!(
        out[RATE as usize * 30 / 1000..]
            .iter()
            .flatten()
            .all(|&sample| sample == 0.0)
    );
    let stood = player.synth().unwrap().seconds();
    player.render(&mut out);
    assert_eq!(player.synth().unwrap().seconds(), stood);
    player.follow(Order::Play(true));
    player.render(&mut out);
    assert!(
        rms_db(&out[RATE as usize * 30 / 1000..]) > -40.0,
        "heard again within 30 ms"
    );
}

#[test]
fn nothing_clicks() {
    let score = score();
    let mut player = Player::new();
    player.follow(Order::TakeOver(synth(&score, 6.0)));
    player.follow(Order::Play(true));
    let mut steady = vec![[0.0; 2]; RATE as usize];
    player.render(&mut steady);
    let usual = jump(&steady);
    // jumps, pauses, volumes, one after the other
    let mut restless = Vec::new();
    for turn in 0..12 {
        let order = match turn % 4 {
            0 => Order::TakeOver(synth(&score, 8.0 + f64::from(turn))),
            1 => Order::Play(false),
            2 => Order::Play(true),
            _ => Order::Levels(Levels {
                music: 0.2 * (turn % 3) as f32,
                ..Levels::default()
            }),
        };
        player.follow(order);
        let mut block = vec![[0.0; 2]; 2000];
        player.render(&mut block);
        player.retired();
        restless.extend(block);
    }
    assert!(
        jump(&restless) < usual * 1.5,
        "{} beside {usual}",
        jump(&restless)
    );
}

#[test]
fn another_place_or_speed_is_heard_within_30_ms_and_without_a_click() {
    const WITHIN: usize = RATE as usize * 30 / 1000;
    let score = score();
    let at = |seconds: f64, speed: f64| {
        let settings = SynthSettings {
            speed,
            ..SynthSettings::default()
        };
        // as a window makes it, which has no time to hear all that was before
        Box::new(Synth::soon(score.clone(), settings, seconds, 1.2))
    };
    for (kind, seconds, speed) in [
        ("a seek", 12.3, 1.0),
        ("a stage", 21.0, 1.0),
        ("a speed", 6.5, 2.0),
    ] {
        let mut player = Player::new();
        player.follow(Order::TakeOver(at(6.0, 1.0)));
        player.follow(Order::Play(true));
        let mut before = vec![[0.0; 2]; RATE as usize / 2];
        player.render(&mut before);
        let mut new = at(seconds, speed);
        player.follow(Order::TakeOver(new.clone()));
        let mut played = vec![[0.0; 2]; RATE as usize / 2];
        // a device asks for 10 ms at a time
        played
            .chunks_mut(480)
            .for_each(|block| player.render(block));
        let mut wanted = vec![[0.0; 2]; played.len()];
        new.render(&mut wanted);
        assert!(
            played[WITHIN..] == wanted[WITHIN..],
            "{kind} is not heard in time"
        );
        let usual = jump(&before).max(jump(&wanted));
        let all: Vec<Frame> = before.into_iter().chain(played).collect();
        assert!(
            jump(&all) <= usual * 1.05,
            "{kind} clicks: {} beside {usual}",
            jump(&all)
        );
    }
}

#[test]
fn a_device_thread_neither_allocates_nor_frees() {
    let score = score();
    let mut orders = vec![Order::Play(true)];
    for at in 0..8 {
        orders.push(Order::TakeOver(synth(&score, f64::from(at) * 3.0)));
        orders.push(Order::Levels(Levels::default()));
    }
    let mut player = Player::new();
    let mut out = vec![[0.0; 2]; 480];
    let mut gone = Vec::with_capacity(32);
    let counted = allocation_counter::measure(|| {
        for order in orders.drain(..) {
            gone.extend(player.follow(order));
            for _ in 0..30 {
                player.render(&mut out);
                gone.extend(player.retired());
            }
        }
    });
    assert_eq!(
        (counted.count_total, counted.count_current),
        (0, 0),
        "{counted:?}"
    );
    assert_eq!(gone.len(), 7);
}

#[test]
fn muted_is_silent_and_solo_is_the_rest() {
    let score = score();
    let play = |levels: Levels, style: Style| {
        let settings = SynthSettings {
            levels,
            style,
            ..SynthSettings::default()
        };
        let mut out = vec![[0.0; 2]; RATE as usize];
        Synth::at(score.clone(), settings, 9.0).render(&mut out);
        out
    };
    let silent = play(
        Levels {
            master: 0.0,
            ..Levels::default()
        },
        Style::Industrial,
    );
    assert!(rms_db(&silent) < -150.0);
    let alone = play(
        Levels {
            music: 0.0,
            ..Levels::default()
        },
        Style::Industrial,
    );
    let without = play(Levels::default(), Style::Off);
    let away = support::difference_db(&alone, &without);
    assert!(away < -90.0, "{away}");
}
