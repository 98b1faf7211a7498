//! Listening to a child until it ends, or has to. What it says is not trusted: lines, events and the time that
//! it takes are bounded.

use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStdout};
use verdancy_jobs::{Failure, Heart, Job, Pulse};

use super::events::{Heard, Telling};
use super::failure;
use super::place::Place;
use crate::app::App;
use crate::child::Started;

/// Time between looks at the pulse of a running job.
const LOOK: Duration = Duration::from_millis(100);
/// Time between looks whether someone wants the best that there is.
const WISH: Duration = Duration::from_secs(1);
/// Bytes of a line at most.
const LINE: usize = 4 << 20;
/// Time in which a child that was asked to end with what it has should have ended.
const GRACE: Duration = Duration::from_secs(600);

/// How a child's work ended.
pub(super) enum Ended {
    /// By itself, with this code; none when it was killed by a signal that is not ours.
    Exit(Option<i32>),
    /// The job is no longer ours.
    Lost,
    /// Someone asked for its end.
    Cancelled,
    /// The worker is to end.
    Released,
    /// It went beyond a bound.
    Over(Failure),
}

/// What a child is watched with.
pub(super) struct Watch<'a> {
    pub app: &'a App,
    pub job: &'a Job,
    pub heart: &'a Heart,
    pub place: &'a Place,
    /// True when the run has a time limit of its own.
    pub bounded: bool,
}

/// Lines as they come, each of a bounded length.
struct Lines {
    from: BufReader<ChildStdout>,
    begun: Vec<u8>,
}

impl Lines {
    /// The next line, none at the end; an error when it is too long. What was read of a line is kept when the
    /// caller does not wait for its end.
    async fn next(&mut self) -> std::io::Result<Option<String>> {
        let room = (LINE + 1).saturating_sub(self.begun.len()) as u64;
        let mut part = (&mut self.from).take(room);
        let read = part.read_until(b'\n', &mut self.begun).await?;
        if self.begun.len() > LINE {
            return Err(std::io::ErrorKind::InvalidData.into());
        }
        if read == 0 && self.begun.is_empty() {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&self.begun).trim_end().to_owned();
        self.begun.clear();
        Ok(Some(line))
    }
}

fn too_much() -> Failure {
    failure(
        "server/too-much-said",
        "The run told more of itself than the service keeps. Use a table with fewer columns or shorter names.",
    )
}

impl Watch<'_> {
    /// Listens to the child until it ends, or has to.
    pub(super) async fn follow(&self, started: Started, telling: &mut Telling) -> Ended {
        let Started { mut child, leash } = started;
        let Some(stdout) = child.stdout.take() else {
            return Ended::Exit(Some(1));
        };
        let mut lines = Lines {
            from: BufReader::new(stdout),
            begun: Vec::new(),
        };
        let ended = self.until(&mut child, &mut lines, telling).await;
        drop(leash);
        if !matches!(ended, Ended::Exit(_)) {
            let _ = child.kill().await;
        }
        telling.flush(self.heart);
        ended
    }

    async fn until(&self, child: &mut Child, lines: &mut Lines, telling: &mut Telling) -> Ended {
        let mut look = tokio::time::interval(LOOK);
        let mut wish = tokio::time::interval(WISH);
        let mut marked = None;
        let mut clock = Clock::new(Duration::from_secs(self.app.settings.limits.run));
        loop {
            tokio::select! {
                line = lines.next() => match line {
                    Ok(Some(line)) => match telling.hear(&line, self.heart) {
                        Heard::Well => {}
                        Heard::TooMuch => return Ended::Over(too_much()),
                        Heard::Estimate { seconds, answered } => {
                            if !self.bounded && self.is_too_long(seconds) {
                                if !answered {
                                    return Ended::Over(self.too_long());
                                }
                                clock.ask(child);
                            }
                        }
                    },
                    Ok(None) => {
                        let status = child.wait().await;
                        return Ended::Exit(status.ok().and_then(|s| s.code()));
                    }
                    Err(_) => return Ended::Over(too_much()),
                },
                _ = look.tick() => {
                    match self.heart.pulse() {
                        Pulse::Beating => {}
                        Pulse::CancelAsked => return Ended::Cancelled,
                        Pulse::Lost => return Ended::Lost,
                    }
                    self.mark(&mut marked);
                    telling.flush(self.heart);
                    if clock.is_over(child) {
                        return Ended::Over(late());
                    }
                }
                _ = wish.tick(), if !clock.has_asked() => {
                    if self.app.queue.finishing(&self.job.id).await.unwrap_or(false) {
                        clock.ask(child);
                    }
                }
                () = self.app.to_end() => return Ended::Released,
            }
        }
    }

    /// Tells the heart of new checkpoints.
    fn mark(&self, marked: &mut Option<String>) {
        let now = self.place.mark();
        if now != *marked {
            if let Some(mark) = &now {
                self.heart.mark(mark.clone());
            }
            *marked = now;
        }
    }

    fn is_too_long(&self, seconds: f64) -> bool {
        seconds > self.app.settings.limits.run as f64
    }

    fn too_long(&self) -> Failure {
        let hours = self.app.settings.limits.run as f64 / 3600.0;
        failure(
            "server/estimate-too-long",
            &format!(
                "Training would take longer than the {hours:.1} hours that a run may take here. \
                 Set a time limit, or use a smaller model or fewer epochs."
            ),
        )
    }
}

fn late() -> Failure {
    failure(
        "server/run-too-long",
        "The run took longer than a run may take here, and did not end when it was asked to. \
         Set a time limit, or use a smaller model or fewer rows.",
    )
}

/// How long a child has been at it, and since when it has been asked to end with the best that it has.
struct Clock {
    began: Instant,
    limit: Duration,
    asked: Option<Instant>,
}

impl Clock {
    fn new(limit: Duration) -> Clock {
        Clock {
            began: Instant::now(),
            limit,
            asked: None,
        }
    }

    fn has_asked(&self) -> bool {
        self.asked.is_some()
    }

    /// Asks the child, once, to stop after its step and keep the best that it has.
    fn ask(&mut self, child: &Child) {
        use rustix::process::{Pid, Signal, kill_process};
        if self.asked.is_some() {
            return;
        }
        self.asked = Some(Instant::now());
        let id = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        if let Some(id) = id {
            // It may have ended just now.
            let _ = kill_process(id, Signal::TERM);
        }
    }

    /// True when the child has to be ended; asks it to end first.
    fn is_over(&mut self, child: &Child) -> bool {
        if self.began.elapsed() > self.limit {
            self.ask(child);
        }
        self.asked.is_some_and(|at| at.elapsed() > GRACE)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::process::Stdio;

    use super::*;

    fn said(script: &str) -> (Child, Lines) {
        let mut child = tokio::process::Command::new("sh")
            .args(["-c", script])
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let from = BufReader::new(child.stdout.take().unwrap());
        let begun = Vec::new();
        (child, Lines { from, begun })
    }

    #[tokio::test]
    async fn a_line_without_an_end_is_not_waited_for() {
        let (_child, mut lines) = said("echo one; echo; printf two");
        for expected in [Some("one"), Some(""), Some("two"), None] {
            assert_eq!(lines.next().await.unwrap().as_deref(), expected);
        }
        let (_child, mut lines) = said("yes | tr -d '\\n'");
        assert!(lines.next().await.is_err());
        assert!(lines.begun.len() <= LINE + 1);
    }

    #[tokio::test]
    async fn a_line_that_comes_in_parts_is_whole() {
        let (_child, mut lines) = said("printf a; sleep 0.3; echo b");
        let short = Duration::from_millis(100);
        assert!(tokio::time::timeout(short, lines.next()).await.is_err());
        assert_eq!(lines.next().await.unwrap().as_deref(), Some("ab"));
    }

    #[tokio::test]
    async fn who_takes_too_long_is_asked_first() {
        let (mut child, _lines) = said("trap 'exit 7' TERM; while :; do sleep 0.05; done");
        tokio::time::sleep(Duration::from_millis(200)).await;
        let mut clock = Clock::new(Duration::from_secs(60));
        assert!(!clock.is_over(&child) && !clock.has_asked());
        clock.limit = Duration::ZERO;
        assert!(!clock.is_over(&child), "it has time to end");
        assert_eq!(child.wait().await.unwrap().code(), Some(7));
        clock.asked = Instant::now().checked_sub(GRACE);
        assert!(clock.is_over(&child));
    }
}
