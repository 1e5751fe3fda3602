//! The whole show: every pass of a generated text on one clock, with a scene for each stage. Built
//! once for a prompt; afterwards every question about a time is answered without changing anything.

use std::collections::{BTreeSet, HashMap};
use std::ops::ControlFlow;
use std::sync::{Arc, OnceLock};

use orrery_model::{Generation, GenerationError, Gpt, SamplingSettings, Tokenizer};

use crate::camera::{CameraPath, Framing};
use crate::changed_run::ChangedRun;
use crate::colour::Quantity;
use crate::easing::cubic_in_out;
use crate::machine::Machine;
use crate::operand::Operand;
use crate::operation::{Formula, Size, formula, number};
use crate::pacing::Pacing;
use crate::part::{Pages, Parts};
use crate::pass::Pass;
use crate::program::{Detail, Program, ProgramOptions, Stage};
use crate::ranges::{Range, ranges};
use crate::rich_text::RichText;
use crate::scene::{Caption, Scene};
use crate::stage::WholeModel;
use crate::staging::{Staging, TimedStep};
use crate::timeline::{Phase, Segment, Timeline, Window};

/// What is shown, and how.
#[derive(Clone, Debug)]
pub struct ShowOptions {
    /// How many tokens are generated.
    pub tokens: usize,
    /// How tokens are drawn.
    pub sampling: SamplingSettings,
    /// Blocks that are played in full (from 0); the others are summarised.
    pub opened: BTreeSet<usize>,
    /// How the tokens after the first are played.
    pub later_tokens: Detail,
    /// What of axes that are too long for the stage is shown.
    pub pages: Pages,
    /// Whether each block that is played in full is followed by the logit lens: what the model would say if it
    /// ended there.
    pub lens: bool,
}

/// Why there is no show.
#[derive(Debug, thiserror::Error)]
pub enum ShowError {
    /// The prompt has no token.
    #[error("the prompt is empty: type at least one character that the model knows")]
    EmptyPrompt,
    /// Nothing to generate.
    #[error("a show needs at least one token to generate")]
    NoTokens,
    /// The model refused.
    #[error(transparent)]
    Model(#[from] GenerationError),
    /// Whoever watched it being made wanted no more of it.
    #[error("the show was given up while it was being made")]
    Stopped,
}

/// A show, ready to be asked.
#[derive(Debug)]
pub struct Show {
    passes: Vec<Arc<Pass>>,
    programs: Vec<Program>,
    timeline: Timeline,
    scenes: Vec<Arc<Scene>>,
    steps: Vec<Vec<Window>>,
    camera: CameraPath,
    scales: HashMap<Quantity, Range>,
    prompt_tokens: usize,
    pages: Pages,
    pub(crate) run: ChangedRun,
}

impl Show {
    /// Runs the model and lays out the whole show.
    ///
    /// # Errors
    /// An empty prompt, no token to generate, or ids that the model does not have.
    pub fn new(
        gpt: &Arc<Gpt>,
        tokenizer: &Tokenizer,
        prompt: &[usize],
        pacing: &Pacing,
        options: &ShowOptions,
    ) -> Result<Self, ShowError> {
        let watch = &mut |_| ControlFlow::Continue(());
        Self::watched(gpt, tokenizer, prompt, pacing, options, watch)
    }

    /// As [`Show::new`]; `watch` hears before each token how many there are, and may stop the making.
    ///
    /// # Errors
    /// As [`Show::new`], and [`ShowError::Stopped`].
    pub fn watched(
        gpt: &Arc<Gpt>,
        tokenizer: &Tokenizer,
        prompt: &[usize],
        pacing: &Pacing,
        options: &ShowOptions,
        watch: &mut dyn FnMut(usize) -> ControlFlow<()>,
    ) -> Result<Self, ShowError> {
        let unchanged = (gpt, ChangedRun::default());
        Self::of_run(unchanged, tokenizer, prompt, pacing, options, watch)
    }

    /// Runs the model, changed or not, and lays out the show.
    pub(crate) fn of_run(
        (gpt, run): (&Arc<Gpt>, ChangedRun),
        tokenizer: &Tokenizer,
        prompt: &[usize],
        pacing: &Pacing,
        options: &ShowOptions,
        watch: &mut dyn FnMut(usize) -> ControlFlow<()>,
    ) -> Result<Self, ShowError> {
        if prompt.is_empty() {
            return Err(ShowError::EmptyPrompt);
        }
        if options.tokens == 0 {
            return Err(ShowError::NoTokens);
        }
        let passes = passes((gpt, &run), tokenizer, prompt, options, watch)?;
        let scales = ranges(&passes);
        Ok(Self {
            run,
            ..Self::of_passes((passes, scales), prompt.len(), pacing, options)
        })
    }

    /// The same passes laid out anew: for other pages, other blocks opened, another pace. The model does not
    /// run again; sampling and number of tokens stay what they were.
    pub fn laid_out_anew(&self, pacing: &Pacing, options: &ShowOptions) -> Self {
        let passes = (self.passes.clone(), self.scales.clone());
        Self {
            run: self.run.clone(),
            ..Self::of_passes(passes, self.prompt_tokens, pacing, options)
        }
    }

    fn of_passes(
        (passes, scales): (Vec<Arc<Pass>>, HashMap<Quantity, Range>),
        prompt_tokens: usize,
        pacing: &Pacing,
        options: &ShowOptions,
    ) -> Self {
        let programs: Vec<Program> = passes
            .iter()
            .enumerate()
            .map(|(at, pass)| {
                let detail = if at == 0 {
                    Detail::Full
                } else {
                    options.later_tokens
                };
                let options = ProgramOptions {
                    opened: options.opened.clone(),
                    detail,
                    overview: (at == 0, at + 1 == passes.len()),
                    lens: options.lens,
                };
                Program::new(pass, &options)
            })
            .collect();
        let mut timeline = Timeline::default();
        let mut all_steps = Vec::new();
        let mut all_parts = Vec::new();
        for (at, program) in programs.iter().enumerate() {
            let hurry = if at > 0 && options.later_tokens == Detail::Abbreviated {
                pacing.abbreviated_speed
            } else {
                1.0
            };
            for (index, stage) in program.stages().iter().enumerate() {
                // the last look at the whole takes its time
                let hurry = match stage.kind.description().whole_model {
                    WholeModel::Hidden => hurry,
                    WholeModel::Opens | WholeModel::Closes => 1.0,
                };
                let parts = Parts::of_stage(&passes[at], stage.kind, stage.block, &options.pages);
                let of_stage = (passes[at].as_ref(), program, stage, &parts);
                let (segment, steps) = timing(of_stage, (at, index), pacing, hurry);
                timeline.push(segment);
                all_steps.push(steps);
                all_parts.push(parts);
            }
        }

        let mut scenes: Vec<Arc<Scene>> = Vec::new();
        let mut camera = CameraPath::default();
        let segments = timeline.segments().iter().zip(&all_steps);
        for ((segment, steps), parts) in segments.zip(all_parts) {
            let program = &programs[segment.pass];
            let scene = scene(
                &passes[segment.pass],
                program,
                &program.stages()[segment.stage],
                &scales,
                scenes.last().map(Arc::as_ref),
                segment,
                (steps, parts),
            );
            camera.append(segment.start, &scene.shots);
            scenes.push(Arc::new(scene));
        }
        Self {
            passes,
            programs,
            timeline,
            scenes,
            steps: all_steps,
            camera,
            scales,
            prompt_tokens,
            pages: options.pages,
            run: ChangedRun::default(),
        }
    }

    /// What of axes that are too long for the stage is shown.
    pub fn pages(&self) -> &Pages {
        &self.pages
    }

    /// The clock.
    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// One pass for each generated token.
    pub fn passes(&self) -> &[Arc<Pass>] {
        &self.passes
    }

    /// The program of each pass.
    pub fn programs(&self) -> &[Program] {
        &self.programs
    }

    /// The scene of a segment of the timeline.
    pub fn scene(&self, segment: usize) -> Option<&Arc<Scene>> {
        self.scenes.get(segment)
    }

    /// The scene of a segment that there is.
    pub(crate) fn standard_scene(&self, segment: usize) -> &Arc<Scene> {
        &self.scenes[segment]
    }

    /// What the guided camera frames at a time, in seconds of the show.
    pub fn framing(&self, time: f64) -> Option<Framing> {
        self.camera.at(time)
    }

    /// The number that gets the end of a quantity's colour map.
    pub fn range(&self, quantity: Quantity) -> f32 {
        self.scales.get(&quantity).map_or(1.0, |range| range.reach)
    }

    /// Whether some numbers of a quantity lie beyond the lower, and beyond the upper end of its colour map.
    pub fn clips(&self, quantity: Quantity) -> (bool, bool) {
        self.scales
            .get(&quantity)
            .map_or((false, false), |range| range.clips)
    }

    /// The whole model in a pass.
    pub fn machine(&self, pass: usize) -> Option<Machine> {
        let pass = self.passes.get(pass)?;
        Some(Machine::new(pass, |quantity| self.range(quantity)))
    }

    /// How much of the whole model the show shows at a time: 1 all of it, 0 nothing, between them the
    /// flight, eased.
    pub fn overview(&self, time: f64) -> f32 {
        let Some((index, s)) = self.timeline.at(time) else {
            return 0.0;
        };
        let segment = &self.timeline.segments()[index];
        match segment.kind.description().whole_model {
            WholeModel::Hidden => 0.0,
            WholeModel::Opens => 1.0 - cubic_in_out(segment.window(Phase::Settle).progress(s)),
            WholeModel::Closes => cubic_in_out(segment.window(Phase::Appear).progress(s)),
        }
    }

    /// How many tokens the prompt has.
    pub fn prompt_tokens(&self) -> usize {
        self.prompt_tokens
    }

    /// Prompt and all generated tokens.
    pub fn final_text(&self) -> String {
        self.passes
            .last()
            .map_or_else(String::new, |pass| pass.text_after.clone())
    }

    /// The caption at `s` seconds of a segment, and the formula of the cell that is worked out,
    /// with its real numbers.
    pub fn caption(&self, segment: usize, s: f32) -> Option<(&Caption, Option<Formula>)> {
        let caption = self.scenes.get(segment)?.caption(s)?;
        let on = self.timeline.segments().get(segment)?;
        let numbers = caption.worked_at(s).and_then(|worked| {
            let operation = self.programs[on.pass]
                .operations()
                .get(caption.operation?)?;
            let pass = &self.passes[on.pass];
            let mut formula = formula(operation.as_ref(), pass, worked.made, worked.cell)?;
            formula.computed = self.computed_for(operation.as_ref(), &formula);
            if let Some(computed) = formula.computed {
                let words = format!(" (computed {}, then changed)", number(computed));
                formula.line.append(RichText::plain(words));
            }
            Some(formula)
        });
        Some((caption, numbers))
    }

    /// When each step of a segment's stage runs, in seconds of the stage.
    pub fn steps(&self, segment: usize) -> &[Window] {
        self.steps.get(segment).map_or(&[], Vec::as_slice)
    }
}

/// Runs the model once for each token to generate.
fn passes(
    (gpt, run): (&Arc<Gpt>, &ChangedRun),
    tokenizer: &Tokenizer,
    prompt: &[usize],
    options: &ShowOptions,
    watch: &mut dyn FnMut(usize) -> ControlFlow<()>,
) -> Result<Vec<Arc<Pass>>, ShowError> {
    let vocabulary: Arc<[String]> = (0..gpt.config().vocab_size)
        .map(|id| tokenizer.token(id).to_owned())
        .collect();
    let never_drawn: Arc<[usize]> = tokenizer.special().into();
    let mut generation =
        Generation::new(gpt, prompt.to_vec(), options.sampling.clone(), &never_drawn)?
            .with_interventions(run.done.clone());
    let mut passes = Vec::with_capacity(options.tokens);
    for made in 0..options.tokens {
        if watch(made).is_break() {
            return Err(ShowError::Stopped);
        }
        let (step, trace) = generation.step_with_trace()?;
        let seen = &generation.ids()[step.window.clone()];
        let mut all = generation.ids()[..step.window.end].to_vec();
        let text = tokenizer.decode(&all);
        all.push(step.draw.token_id);
        passes.push(Arc::new(Pass {
            gpt: gpt.clone(),
            trace,
            draw: step.draw,
            sampling: options.sampling.clone(),
            never_drawn: never_drawn.clone(),
            tokens: seen
                .iter()
                .map(|&id| tokenizer.token(id).to_owned())
                .collect(),
            text,
            text_after: tokenizer.decode(&all),
            vocabulary: vocabulary.clone(),
            lenses: vec![OnceLock::new(); gpt.config().n_blocks].into(),
        }));
    }
    Ok(passes)
}

/// Rows and columns of a matrix that are shown; a column where the model does not have it.
fn shown_size(pass: &Pass, parts: &Parts, operand: Operand) -> Size {
    let Some(view) = pass.view(operand) else {
        return Size::new(1, 1);
    };
    let (rows, columns) = parts.of(operand);
    let length = |shown: &crate::part::Shown, whole| shown.as_ref().map_or(whole, |s| s.len());
    Size::new(length(rows, view.nrows()), length(columns, view.ncols()))
}

/// The phases of a stage and the windows of its steps.
fn timing(
    (pass, program, stage, parts): (&Pass, &Program, &Stage, &Parts),
    (pass_index, stage_index): (usize, usize),
    pacing: &Pacing,
    hurry: f32,
) -> (Segment, Vec<Window>) {
    let pace = pacing.stage(stage.kind);
    let speed = pace.speed * hurry;
    let appear = pace.appear / speed;
    let in_summary = stage.kind.description().in_summary;
    let seconds: Vec<f32> = stage
        .steps
        .iter()
        .map(|step| {
            let longest = step
                .operations
                .iter()
                .map(|&at| {
                    let operation = &program.operations()[at];
                    let columns = shown_size(pass, parts, operation.output()).columns;
                    pacing.operation(operation.kind(), columns)
                })
                .fold(0.0, f32::max);
            longest / speed
        })
        .collect();
    // a summary does not play its operations one by one, a stage without operations has its own time
    let fixed = pacing.operation(crate::operation::OperationKind::PassOn, 1) / speed;
    let compute = if in_summary || seconds.is_empty() {
        2.0 * fixed
    } else {
        seconds.iter().sum()
    };
    let mut start = appear;
    let steps = seconds
        .iter()
        .map(|&length| {
            let window = Window::new(start, start + length);
            start += length;
            window
        })
        .collect();
    let segment = Segment {
        pass: pass_index,
        stage: stage_index,
        kind: stage.kind,
        block: stage.block,
        start: 0.0,
        appear,
        compute,
        settle: pace.settle / speed,
    };
    (segment, if in_summary { Vec::new() } else { steps })
}

/// Builds the scene of one stage.
fn scene(
    pass: &Pass,
    program: &Program,
    stage: &Stage,
    scales: &HashMap<Quantity, Range>,
    before: Option<&Scene>,
    segment: &Segment,
    (steps, parts): (&[Window], Parts),
) -> Scene {
    let description = stage.kind.description();
    let output = |&at: &usize| program.operations()[at].output();
    let timed = stage.steps.iter().zip(steps);
    let timed: Vec<TimedStep> = timed
        .map(|(step, &window)| TimedStep {
            window,
            makes: step.operations.iter().map(output).collect(),
        })
        .collect();
    let mut staging = Staging::new(pass, scales, before, segment, (timed.clone(), parts));
    (description.set)(&mut staging);
    let last = timed.len().saturating_sub(1);
    for (at, (step, TimedStep { window, makes })) in stage.steps.iter().zip(timed).enumerate() {
        let is_last = at == last;
        (description.rearrange)(&mut staging, &makes);
        for &at in &step.operations {
            staging.choreograph(program, at, window);
        }
        // of several heads the first that is on the stage
        let stands = |at: &&usize| {
            let output = program.operations()[**at].output();
            staging.group_of(output).is_some()
        };
        let spoken_of = step.operations.iter().find(stands);
        if let Some(&at) = spoken_of.or(step.operations.first()) {
            staging.tell(program, at, window, is_last);
        }
    }
    staging.cards((description.facts)(pass));
    staging.find_scales(program);
    staging.finish()
}
