//! A PostgreSQL server in a temporary folder, from the binaries that the system has. As root it runs
//! as the user `postgres`, because PostgreSQL refuses root.

use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::process::{Pid, Signal, getuid, kill_process};

/// How a server is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Connections are cut, the state is written.
    Fast,
    /// Connections are cut, nothing is written; recovery follows.
    Immediate,
    /// The postmaster is killed (SIGKILL), and its children end when they see it.
    Kill,
}

/// A server.
#[derive(Debug)]
pub struct Postgres {
    binaries: PathBuf,
    folder: tempfile::TempDir,
    port: u16,
    settings: Vec<String>,
    child: Option<Child>,
}

impl Postgres {
    /// The folder of the newest PostgreSQL binaries, where there are any.
    pub fn binaries() -> Option<PathBuf> {
        let mut all: Vec<(u32, PathBuf)> = (std::fs::read_dir("/usr/lib/postgresql").ok()?)
            .flatten()
            .filter_map(|e| {
                let version = e.file_name().to_string_lossy().parse().ok()?;
                Some((version, e.path().join("bin")))
            })
            .filter(|(_, bin)| bin.join("postgres").is_file())
            .collect();
        all.sort();
        if let Some((_, bin)) = all.pop() {
            return Some(bin);
        }
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).find(|bin| bin.join("initdb").is_file())
    }

    /// Starts a server; with `settings` as in `postgresql.conf`, each `name=value`. None where there
    /// is no PostgreSQL.
    ///
    /// # Errors
    /// What starting it said.
    pub fn start(settings: &[&str]) -> io::Result<Option<Postgres>> {
        Postgres::prepare(settings, None)
    }

    /// The same with TLS: with a certificate and its key, both PEM.
    ///
    /// # Errors
    /// What starting it said.
    pub fn start_tls(certificate: &str, key: &str) -> io::Result<Option<Postgres>> {
        Postgres::prepare(&["ssl=on"], Some((certificate, key)))
    }

    fn prepare(settings: &[&str], tls: Option<(&str, &str)>) -> io::Result<Option<Postgres>> {
        let Some(binaries) = Postgres::binaries() else {
            return Ok(None);
        };
        let folder = tempfile::Builder::new().prefix("pg-").tempdir()?;
        if let Some((user, group)) = other_user() {
            std::os::unix::fs::chown(folder.path(), Some(user), Some(group))?;
        }
        let mut server = Postgres {
            binaries,
            port: crate::free_port()?,
            settings: settings.iter().map(ToString::to_string).collect(),
            child: None,
            folder,
        };
        let output = server
            .command("initdb")
            .args([
                "--auth=trust",
                "--username=postgres",
                "--no-sync",
                "--no-locale",
            ])
            .args(["--encoding=UTF8", "-D"])
            .arg(server.data())
            .output()?;
        if !output.status.success() {
            return Err(io::Error::other(
                String::from_utf8_lossy(&output.stderr).into_owned(),
            ));
        }
        if let Some((certificate, key)) = tls {
            server.give("server.crt", certificate)?;
            server.give("server.key", key)?;
        }
        server.go()?;
        Ok(Some(server))
    }

    /// A file of the server's own, where it looks for it.
    fn give(&self, name: &str, text: &str) -> io::Result<()> {
        use std::os::unix::fs::{OpenOptionsExt, chown};
        let path = self.data().join(name);
        let mut options = std::fs::OpenOptions::new();
        let mut file = options
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&path)?;
        io::Write::write_all(&mut file, text.as_bytes())?;
        match other_user() {
            Some((user, group)) => chown(path, Some(user), Some(group)),
            None => Ok(()),
        }
    }

    /// The port that it listens on, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.binaries.join(program));
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        if let Some((user, group)) = other_user() {
            command.uid(user).gid(group);
        }
        command
    }

    /// Starts it, again after a [`Postgres::stop`], and waits until it answers.
    ///
    /// # Errors
    /// When it does not within a minute.
    pub fn go(&mut self) -> io::Result<()> {
        // A postmaster that was killed leaves its file; its children may still be ending.
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.folder.path().join("log"))?;
        let from = std::time::Instant::now();
        while from.elapsed().as_secs() < 60 {
            let mut command = self.command("postgres");
            command
                .arg("-D")
                .arg(self.data())
                .args([
                    "-p",
                    &self.port.to_string(),
                    "-c",
                    "listen_addresses=127.0.0.1",
                ])
                .args(["-c", "unix_socket_directories="]);
            for setting in &self.settings {
                command.args(["-c", setting]);
            }
            let mut child = command
                .stdout(Stdio::null())
                .stderr(log.try_clone()?)
                .spawn()?;
            let up = crate::wait(20.0, || {
                if self.psql("postgres", "SELECT 1").is_ok() {
                    return Some(true);
                }
                matches!(child.try_wait(), Ok(Some(_))).then_some(false)
            });
            if up == Some(true) {
                self.child = Some(child);
                return Ok(());
            }
            let _ = child.kill();
            let _ = child.wait();
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        Err(io::Error::other("PostgreSQL did not start"))
    }

    /// Ends it.
    ///
    /// # Errors
    /// When it does not end.
    pub fn stop(&mut self, how: Stop) -> io::Result<()> {
        let Some(mut child) = self.child.take() else {
            return Ok(());
        };
        let signal = match how {
            Stop::Fast => Signal::INT,
            Stop::Immediate => Signal::QUIT,
            Stop::Kill => Signal::KILL,
        };
        kill_process(Pid::from_child(&child), signal)?;
        child.wait()?;
        Ok(())
    }

    /// Runs a statement in a database.
    ///
    /// # Errors
    /// What the server said.
    pub fn psql(&self, database: &str, statement: &str) -> io::Result<String> {
        let output = Command::new(self.binaries.join("psql"))
            .args(["-X", "-A", "-t", "-q", "-h", "127.0.0.1", "-U", "postgres"])
            .args([
                "-p",
                &self.port.to_string(),
                "-d",
                database,
                "-c",
                statement,
            ])
            .stdin(Stdio::null())
            .output()?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        } else {
            Err(io::Error::other(
                String::from_utf8_lossy(&output.stderr).into_owned(),
            ))
        }
    }

    /// Its address, without a database.
    pub fn server(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}", self.port)
    }

    /// Makes a database with a name of its own and gives its address.
    ///
    /// # Errors
    /// What the server said.
    pub fn database(&self) -> io::Result<String> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("trial_{}_{number}", std::process::id());
        self.psql("postgres", &format!("CREATE DATABASE {name}"))?;
        Ok(format!("{}/{name}", self.server()))
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _ = self.stop(Stop::Immediate);
    }
}

/// User and group to run PostgreSQL as, when this process is root.
fn other_user() -> Option<(u32, u32)> {
    if !getuid().is_root() {
        return None;
    }
    let of = |name: &str| {
        let text = std::fs::read_to_string(Path::new("/etc/passwd")).ok()?;
        let line = text.lines().find(|l| l.split(':').next() == Some(name))?;
        let mut parts = line.split(':').skip(2);
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    };
    of("postgres").or_else(|| of("nobody"))
}
