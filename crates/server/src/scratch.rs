//! Where tables lie open while they are read and runs while they are at work. With stored files sealed, that is a
//! folder in memory: what is written there reaches no disk, and is gone with the machine's power.

use std::fs;
use std::path::{Path, PathBuf};

use verdancy_jobs::private_folder;

use crate::{Error, Result};

/// Where Linux has a file system in memory.
const MEMORY: &str = "/dev/shm";

/// The folder where nobody names one: that of the data, or one in memory where stored files are sealed.
pub fn scratch_of(data: &Path, sealed: bool) -> PathBuf {
    if !sealed {
        return data.to_owned();
    }
    let name = blake3::hash(data.as_os_str().as_encoded_bytes()).to_hex();
    let user = rustix::process::geteuid().as_raw();
    Path::new(MEMORY).join(format!("verdancy-{user}-{}", &name[..16]))
}

/// Makes the folder; it is this user's alone, and in memory where it has to be.
pub(crate) fn open(folder: &Path, sealed: bool) -> Result<()> {
    let unusable = |what: &str| {
        Error::environment(
            "server/bad-scratch",
            format!("The folder for tables at work cannot be used: {what}."),
            "Name another with --scratch; with --store-key-file, one on a file system in memory (tmpfs).",
        )
        .in_file(folder)
    };
    private_folder(folder).map_err(|e| unusable("it cannot be made").caused_by(e))?;
    if !sealed {
        return Ok(());
    }
    let meta = fs::symlink_metadata(folder);
    let meta = meta.map_err(|e| unusable("it cannot be seen").caused_by(e))?;
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let own = meta.uid() == rustix::process::geteuid().as_raw();
    if !meta.is_dir() || !own || meta.permissions().mode() & 0o077 != 0 {
        return Err(unusable("it is not this user's alone"));
    }
    if !is_in_memory(folder) {
        return Err(unusable("it is on a disk, and stored files are encrypted"));
    }
    Ok(())
}

/// True for a folder of tmpfs or ramfs.
#[cfg(target_os = "linux")]
fn is_in_memory(folder: &Path) -> bool {
    const TMPFS: i64 = 0x0102_1994;
    const RAMFS: i64 = 0x8584_58f6;
    let kind = rustix::fs::statfs(folder).map(|found| found.f_type);
    kind.is_ok_and(|kind| [TMPFS, RAMFS].contains(&kind))
}

#[cfg(not(target_os = "linux"))]
fn is_in_memory(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn with_keys_only_an_own_folder_in_memory_will_do() {
        use std::os::unix::fs::PermissionsExt;
        let code = |folder: &Path| open(folder, true).map_err(|e| e.code);
        let other = tempfile::tempdir().unwrap();
        assert!(open(other.path(), false).is_ok());
        let refused = code(&other.path().join("a")).is_err();
        assert_eq!(refused, !is_in_memory(other.path()), "on a disk");
        if !is_in_memory(Path::new(MEMORY)) {
            println!("skipped: {MEMORY} is not in memory here");
            return;
        }
        let memory = tempfile::tempdir_in(MEMORY).unwrap();
        assert_eq!(code(&memory.path().join("a")), Ok(()));
        fs::set_permissions(memory.path(), fs::Permissions::from_mode(0o755)).unwrap();
        assert!(code(memory.path()).is_err(), "others look into it");
        let link = memory.path().join("link");
        std::os::unix::fs::symlink(memory.path().join("a"), &link).unwrap();
        assert!(code(&link).is_err(), "it may lead anywhere");
    }

    #[test]
    fn each_folder_of_data_has_its_own() {
        let data = Path::new("/srv/verdancy");
        assert_eq!(scratch_of(data, false), data);
        let one = scratch_of(data, true);
        assert!(one.starts_with(MEMORY) && one != scratch_of(Path::new("/srv/other"), true));
        assert_eq!(one, scratch_of(data, true));
    }
}
