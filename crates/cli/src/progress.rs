//! Shows a run while it goes on: a bar on the terminal, JSON lines on stdout, or nothing.

use std::io::Write;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use verdancy_engine::{Event, Stage};
use verdancy_synth::{Config, Progress, Stop};

use crate::args::{self, Shown};
use crate::paint::{Paint, line, wrap};
use crate::{outcome, story, words};

/// How work without a count is shown.
const WORKING: &str = "  {prefix:9.dim}  {msg} {spinner:.dim}";

/// Told of each event.
pub enum Listener {
    /// Terminal: lines and a bar.
    Bar(Box<Bar>),
    /// JSON lines on stdout.
    Json,
    /// Only warnings.
    Quiet(Paint),
    /// Nothing.
    None,
}

/// What stands on the terminal.
pub struct Bar {
    bar: ProgressBar,
    paint: Paint,
    live: bool,
    first_loss: Option<f64>,
    /// The configuration of a search's first trial.
    first: Option<Config>,
    best: Option<Progress>,
    last: Option<Progress>,
}

impl Listener {
    pub fn new(shown: &Shown) -> Listener {
        let paint = Paint::stderr();
        match shown.progress {
            args::Progress::Json => Listener::Json,
            args::Progress::None => Listener::None,
            args::Progress::Auto if shown.quiet => Listener::Quiet(paint),
            args::Progress::Auto => {
                let live = console::Term::stderr().is_term();
                let target = if live {
                    ProgressDrawTarget::stderr_with_hz(12)
                } else {
                    ProgressDrawTarget::hidden()
                };
                Listener::Bar(Box::new(Bar {
                    bar: ProgressBar::with_draw_target(None, target).with_style(style(WORKING)),
                    paint,
                    live,
                    first_loss: None,
                    first: None,
                    best: None,
                    last: None,
                }))
            }
        }
    }

    /// The first line: what is worked on.
    pub fn head(&self, data: &str) {
        if let Listener::Bar(bar) = self {
            bar.say(&format!("\n  {}\n\n", bar.paint.bold(data)));
        }
    }

    pub fn hear(&mut self, event: &Event) {
        match self {
            Listener::Bar(bar) => bar.hear(event),
            Listener::Json => {
                let mut out = std::io::stdout().lock();
                let _ = writeln!(out, "{}", event.line()).and_then(|()| out.flush());
            }
            Listener::Quiet(paint) => {
                if let Event::Warning { code, message } = event {
                    outcome::say(&warning(code, message, *paint));
                }
            }
            Listener::None => {}
        }
    }

    /// Takes the bar away, before results are printed.
    pub fn done(&mut self) {
        if let Listener::Bar(bar) = self {
            bar.bar.finish_and_clear();
        }
    }
}

fn warning(code: &str, message: &str, paint: Paint) -> String {
    let text = format!("{message} [{code}]");
    let mut out = String::new();
    for (i, part) in wrap(&text, paint.width().saturating_sub(13))
        .iter()
        .enumerate()
    {
        let label = if i == 0 { "warning" } else { "" };
        out += &format!("  {}  {part}\n", paint.yellow(&format!("{label:<9}")));
    }
    out
}

impl Bar {
    fn say(&self, text: &str) {
        if self.live {
            self.bar.suspend(|| outcome::say(text));
        } else {
            outcome::say(text);
        }
    }

    fn working(&self, what: &str) {
        // The style first: a change of length is drawn at once.
        self.bar.set_style(style(WORKING));
        self.bar.set_length(0);
        self.bar.set_prefix("");
        self.bar.set_message(what.to_owned());
        self.bar.enable_steady_tick(Duration::from_millis(120));
    }

    fn counting(&self, prefix: &'static str, of: u64) {
        if self.bar.length() != Some(of) || self.bar.prefix() != prefix {
            self.bar.disable_steady_tick();
            self.bar.set_style(
                style("  {prefix:9.dim}  {bar:28.green/dim}  {msg}").progress_chars("━╸─"),
            );
            self.bar.set_prefix(prefix);
            self.bar.set_length(of);
            self.bar.set_position(0);
        }
    }

    fn hear(&mut self, event: &Event) {
        let paint = self.paint;
        match event {
            Event::Stage { stage } => self.working(stage_words(*stage)),
            Event::Warning { code, message } => self.say(&warning(code, message, paint)),
            Event::Loaded { .. }
            | Event::Divided { .. }
            | Event::Compared { .. }
            | Event::People { .. } => self.say(&table(event, paint)),
            Event::Proposed { proposal } => self.say(&proposed(proposal, paint)),
            Event::Relations { rules } => self.say(&relations(rules, paint)),
            Event::Parameters { attempt, config } => {
                let head = match attempt {
                    0 => String::new(),
                    n => format!("\n  {}\n", paint.bold(&format!("attempt {n}"))),
                };
                (self.first_loss, self.best, self.last) = (None, None, None);
                self.say(&(head + story::parameters(config, paint).as_str()));
            }
            Event::Estimate {
                seconds,
                judging,
                bytes,
            } => {
                let text = words::estimate(*seconds, *judging, *bytes, "");
                self.say(&line("estimate", &text, paint));
            }
            Event::Training { progress, .. } => self.training(progress),
            Event::Trained { stop, seconds, .. } => {
                let text = self.trained(*stop, *seconds);
                self.say(&line("training", &text, paint));
            }
            Event::Sampling { rows, of } => {
                self.counting("sampling", *of);
                self.bar.set_position(*rows);
                self.bar.set_message(format!(
                    "{} of {} rows",
                    words::count(*rows),
                    words::count(*of)
                ));
            }
            Event::Judged { verdict, gates, .. } => {
                self.say(&line("choice", &story::judged(*verdict, gates), paint));
            }
            Event::Decided {
                diagnosis,
                decision,
                ..
            } => self.say(&story::decided(diagnosis, decision, paint)),
            Event::Trial { .. } | Event::Rematch { .. } => self.search(event),
            Event::Verdict { .. }
            | Event::Written { .. }
            | Event::Finished { .. }
            | Event::Inspected { .. }
            | Event::FirstRows { .. }
            | Event::Checked {}
            | Event::Sampled { .. }
            | Event::Error(_) => {}
        }
    }

    /// What a search over parameters tells.
    fn search(&mut self, event: &Event) {
        let paint = self.paint;
        match event {
            Event::Trial {
                number,
                of,
                trial,
                best,
            } => {
                let first = self.first.get_or_insert_with(|| trial.config.clone());
                let text = story::trial(*number, *of, trial, first, *best, paint);
                self.say(&text);
            }
            Event::Rematch {
                trials,
                seeds,
                seconds,
            } => self.say(&story::rematch(trials, *seeds, *seconds, paint)),
            _ => {}
        }
    }

    fn training(&mut self, progress: &Progress) {
        self.first_loss.get_or_insert(progress.loss);
        if progress.best {
            self.best = Some(progress.clone());
        }
        self.counting("training", progress.steps);
        self.bar.set_position(progress.step);
        let best = progress
            .validation_loss
            .map_or(String::new(), |v| format!(" ({v:.3} on validation)"));
        let loss = format!("loss {:.3}{best}", progress.loss);
        let room = self.paint.width().saturating_sub(2 + 9 + 2 + 28 + 2);
        let message = format!(
            "epoch {:.0}/{:.0}  {loss}  {} left",
            progress.epoch,
            progress.epochs,
            words::seconds(progress.eta)
        );
        self.bar.set_message(crate::paint::fit(&message, room));
        self.last = Some(progress.clone());
    }

    fn trained(&self, stop: Stop, seconds: f64) -> String {
        let mut text = words::seconds(seconds);
        if let (Some(first), Some(last)) = (self.first_loss, &self.last) {
            text += &format!(
                ", {:.0} of {:.0} epochs, loss {first:.3} → {:.3}",
                last.epoch, last.epochs, last.loss
            );
            if let Some(best) = self.best.as_ref().filter(|b| b.step != last.step) {
                text += &format!(", best at epoch {:.0}", best.epoch);
            }
        }
        let why = words::stop(stop);
        if !why.is_empty() {
            text += &format!("; {why}");
        }
        text
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .tick_strings(&["   ", ".  ", ".. ", "...", "   "])
}

fn stage_words(stage: Stage) -> &'static str {
    match stage {
        Stage::Read => "reading",
        Stage::Infer => "finding out what the columns mean",
        Stage::Split => "dividing the rows",
        Stage::Fit => "preparing to train",
        Stage::Sample => "sampling",
        Stage::Judge => "judging",
        Stage::Write => "writing",
    }
}

/// What is told of the table and of how its rows are used.
fn table(event: &Event, paint: Paint) -> String {
    match event {
        Event::Loaded { rows, columns } => {
            let rows = words::count(*rows as u64);
            line("table", &format!("{rows} rows, {columns} columns"), paint)
        }
        Event::Divided {
            train,
            validation,
            test,
        } => line("rows", &words::division(*train, *validation, *test), paint),
        Event::Compared {
            real,
            held_out,
            unseen,
        } => {
            let text = words::compared(*real, *held_out, *unseen);
            line("compared", &text, paint)
        }
        Event::People { people } => line("people", &words::people(people), paint),
        _ => String::new(),
    }
}

/// What to add to the command line, so that usefulness is judged too.
pub fn proposed(proposal: &verdancy_engine::Proposal, paint: Paint) -> String {
    let text = format!("judge usefulness too: {}", proposal.options());
    line("hint", &text, paint)
}

/// The rules between columns, the first few in words.
pub fn relations(rules: &[String], paint: Paint) -> String {
    const SHOWN: usize = 8;
    let mut out = String::new();
    for (at, rule) in rules.iter().take(SHOWN).enumerate() {
        out += &line(if at == 0 { "relations" } else { "" }, rule, paint);
    }
    if rules.len() > SHOWN {
        out += &line("", &format!("and {} more", rules.len() - SHOWN), paint);
    }
    out
}
