//! What a run is given from outside, and the book it keeps: stages with their times, warnings,
//! and the events it tells.

use std::time::Duration;

use verdancy_synth::Cancel;
use verdancy_table::Warning;

use crate::{Error, Event, Result, Stage};

/// A clock, a way to be stopped, and someone to tell. Nothing is taken from the air.
pub struct RunContext<'a> {
    /// Time since some fixed moment.
    pub clock: &'a (dyn Fn() -> Duration + Sync),
    /// Asks for a clean stop.
    pub cancel: Cancel,
    /// Told of each event.
    pub listen: &'a mut (dyn FnMut(Event) + Send),
}

/// The book of one run.
pub(crate) struct Journal<'a> {
    pub clock: &'a (dyn Fn() -> Duration + Sync),
    pub cancel: Cancel,
    listen: &'a mut (dyn FnMut(Event) + Send),
    pub warnings: Vec<Warning>,
    pub seconds: Vec<(String, f64)>,
    pub began: Duration,
}

impl<'a> Journal<'a> {
    pub fn open(context: RunContext<'a>) -> Journal<'a> {
        let began = (context.clock)();
        Journal {
            clock: context.clock,
            cancel: context.cancel,
            listen: context.listen,
            warnings: Vec::new(),
            seconds: Vec::new(),
            began,
        }
    }

    pub fn tell(&mut self, event: Event) {
        (self.listen)(event);
    }

    pub fn warn(&mut self, code: &str, message: impl Into<String>) {
        self.note(Warning::new(code, message));
    }

    /// Keeps a warning, and tells it.
    pub fn note(&mut self, warning: Warning) {
        self.tell(Event::Warning {
            code: warning.code.clone(),
            message: warning.message.clone(),
        });
        self.warnings.push(warning);
    }

    /// Runs a stage and notes its time, also over several attempts.
    pub fn stage<T>(
        &mut self,
        stage: Stage,
        work: impl FnOnce(&mut Journal<'a>) -> Result<T>,
    ) -> Result<T> {
        self.tell(Event::Stage { stage });
        let from = (self.clock)();
        let result = work(self);
        let took = ((self.clock)() - from).as_secs_f64();
        match self.seconds.iter_mut().find(|(s, _)| s == stage.name()) {
            Some((_, seconds)) => *seconds += took,
            None => self.seconds.push((stage.name().to_owned(), took)),
        }
        result
    }

    /// Seconds since the run began.
    pub fn elapsed(&self) -> f64 {
        ((self.clock)() - self.began).as_secs_f64()
    }

    /// An error when the user stopped the run before there was anything to keep.
    pub fn go_on(&self) -> Result<()> {
        if self.cancel.is_cancelled() {
            Err(Error::input(
                "engine/cancelled",
                "The run was stopped before a model was trained; nothing was written.",
                "Start it again.",
            ))
        } else {
            Ok(())
        }
    }
}

impl Stage {
    /// Its name, as in `run.json` and in the JSON lines.
    pub fn name(self) -> &'static str {
        match self {
            Stage::Read => "read",
            Stage::Infer => "infer",
            Stage::Split => "split",
            Stage::Fit => "fit",
            Stage::Sample => "sample",
            Stage::Judge => "judge",
            Stage::Write => "write",
        }
    }
}
