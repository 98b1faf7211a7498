//! What tests need from the system: a browser with its driver, a C++ compiler, Python, PostgreSQL,
//! libfaketime. On Debian and its kin they are
//! installed when they are missing and this may be done; else a line says what is left out. axe-core comes from npm.

use std::process::Command;

use crate::shell::{command, run, succeeds, target};

/// What the pages are held against in the browser; it is no part of what is handed out.
const AXE: &str = "axe-core@4.14.1";

/// A need: what it is for, how it is seen to be there, and Debian's packages of it.
struct Need {
    purpose: &'static str,
    is_there: fn() -> bool,
    packages: &'static str,
}

const NEEDS: [Need; 5] = [
    Need {
        purpose: "tests of the pages in a browser (chromium, chromedriver)",
        is_there: || {
            let browsers = ["chromium", "chromium-browser", "google-chrome"];
            browsers.into_iter().any(on_path) && on_path("chromedriver")
        },
        packages: "chromium chromium-driver fonts-dejavu-core",
    },
    Need {
        purpose: "fuzz targets (libFuzzer is C++)",
        is_there: || on_path("c++"),
        packages: "g++",
    },
    Need {
        purpose: "tests of the Python package (python3 with venv)",
        is_there: || {
            let mut ask = command("python3", "-c");
            ask.arg("import venv, ensurepip");
            succeeds(ask)
        },
        packages: "python3 python3-venv python3-pip",
    },
    Need {
        purpose: "tests on PostgreSQL",
        is_there: || on_path("initdb") || debian_postgres(),
        packages: "postgresql",
    },
    Need {
        purpose: "jumps of a worker's clock (libfaketime)",
        is_there: || {
            let folders = [
                "/usr/lib/x86_64-linux-gnu",
                "/usr/lib/aarch64-linux-gnu",
                "/usr/lib",
            ];
            let library = "faketime/libfaketimeMT.so.1";
            folders
                .iter()
                .any(|f| std::path::Path::new(f).join(library).is_file())
        },
        packages: "libfaketime",
    },
];

fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Debian keeps the server's binaries off the path, one folder a version.
fn debian_postgres() -> bool {
    let versions = std::fs::read_dir("/usr/lib/postgresql");
    (versions.into_iter().flatten().flatten()).any(|v| v.path().join("bin/initdb").is_file())
}

/// `apt-get` with `arguments` as root; none where that cannot be had without asking.
fn apt(arguments: &str) -> Option<Command> {
    if !on_path("apt-get") {
        return None;
    }
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|m| {
        use std::os::unix::fs::MetadataExt;
        m.uid() == 0
    });
    let mut apt = if is_root {
        command("apt-get", arguments)
    } else if succeeds(command("sudo", "-n true")) {
        command("sudo", &format!("-n apt-get {arguments}"))
    } else {
        return None;
    };
    apt.env("DEBIAN_FRONTEND", "noninteractive");
    Some(apt)
}

/// Installs axe-core into `target/axe`, where there is an npm; the tests of the pages say when it is not there.
fn axe() {
    let folder = target().join("axe");
    if folder.join("node_modules/axe-core/axe.min.js").is_file() || !on_path("npm") {
        return;
    }
    let mut npm = command(
        "npm",
        "install --no-save --ignore-scripts --no-audit --no-fund --silent --prefix",
    );
    npm.arg(folder).arg(AXE);
    if let Err(message) = run(npm) {
        println!("{message}");
    }
}

/// Installs what is missing and says what still is.
pub fn install() {
    axe();
    let missing = || NEEDS.iter().filter(|n| !(n.is_there)());
    let packages: Vec<&str> = missing().map(|n| n.packages).collect();
    if packages.is_empty() {
        return;
    }
    let wanted = format!(
        "install -y -qq --no-install-recommends {}",
        packages.join(" ")
    );
    if let (Some(update), Some(install)) = (apt("update -qq"), apt(&wanted))
        && let Err(message) = run(update).and_then(|()| run(install))
    {
        println!("{message}");
    }
    for need in missing() {
        println!(
            "skipped: {} ({} cannot be installed here)",
            need.purpose, need.packages
        );
    }
}
