use std::sync::Arc;
use cpu_time::ThreadTime;
use orrery_sound::*;
fn main() {
    for (name, style) in [("empty", Style::Off), ("music", Style::Industrial), ("ambient", Style::Ambient)] {
        let mood = Mood { section: Section::Main, bits: 77, ..Default::default() };
        let score = Arc::new(Score::of_mood(mood, 600 * 48000));
        let mut s = Synth::new(score, SynthSettings { style, ..Default::default() });
        let mut out = vec![[0.0; 2]; 48000];
        let t = ThreadTime::now();
        for _ in 0..100 { s.render(&mut out); }
        println!("{name}: {:.2} ms/s", t.elapsed().as_secs_f64() * 10.0);
    }
    for t in Timbre::ALL {
        let mut v = voice::Voice::new(&t.patch(), 300.0, 100.0, 1.0, 1);
        let mut b = [0.0; 64];
        let c = ThreadTime::now();
        for _ in 0..75000 { v.render(&mut b); }
        println!("{t:?}: {:.3} ms/s per voice", c.elapsed().as_secs_f64() * 10.0);
    }
    let mut m = mix::Master::new(1.0, 0.84);
    let mut b: mix::Block = [[0.6; 2]; 64];
    let c = ThreadTime::now();
    for _ in 0..75000 { m.finish(&mut b); b[0][0]=0.7; }
    println!("limiter {:.3}", c.elapsed().as_secs_f64() * 10.0);
}
