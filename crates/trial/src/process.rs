//! The service as a process: started with the arguments of a test, watched by what it writes, and
//! halted, ended or killed as the test says.

use std::io::{self, BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};

/// A port that nobody listens on just now.
///
/// # Errors
/// When there is none.
pub fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// A process that is killed when the test drops it.
#[derive(Debug)]
pub struct Process {
    child: Child,
    /// What it wrote to stderr.
    log: PathBuf,
}

impl Process {
    /// Starts `command`; what it writes to stderr goes to the end of the file `log`.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(command: &mut Command, log: &Path) -> io::Result<Process> {
        let file = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(log)?;
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(file)
            .spawn()?;
        Ok(Process {
            child,
            log: log.to_path_buf(),
        })
    }

    /// The first line on stdout that `find` finds something in; none when stdout ends before. What
    /// comes later is read and thrown away.
    pub fn line<T>(&mut self, mut find: impl FnMut(&str) -> Option<T>) -> Option<T> {
        let mut lines = BufReader::new(self.child.stdout.take()?).lines();
        let found = lines.by_ref().map_while(Result::ok).find_map(|l| find(&l));
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        found
    }

    /// What it has written to stderr.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal.
    ///
    /// # Errors
    /// When the process is gone.
    pub fn signal(&self, signal: Signal) -> io::Result<()> {
        Ok(kill_process(Pid::from_child(&self.child), signal)?)
    }

    /// Asks it to end (SIGTERM).
    ///
    /// # Errors
    /// When the process is gone.
    pub fn ask(&self) -> io::Result<()> {
        self.signal(Signal::TERM)
    }

    /// Halts it (SIGSTOP).
    ///
    /// # Errors
    /// When the process is gone.
    pub fn halt(&self) -> io::Result<()> {
        self.signal(Signal::STOP)
    }

    /// Lets it go on (SIGCONT).
    ///
    /// # Errors
    /// When the process is gone.
    pub fn resume(&self) -> io::Result<()> {
        self.signal(Signal::CONT)
    }

    /// Kills it (SIGKILL).
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// How it ended, when it did within `seconds`.
    pub fn ended(&mut self, seconds: f64) -> Option<ExitStatus> {
        crate::wait(seconds, || self.child.try_wait().ok().flatten())
    }

    /// The most memory it has held so far, in bytes.
    pub fn peak_memory(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).ok()?;
        let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
        let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
        Some(kilobytes * 1024)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
