//! A training state as one safetensors file: floats as they are, what is small as JSON in the
//! metadata, and as the last 32 bytes a BLAKE3 hash of all bytes before.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use safetensors::tensor::{Dtype, SafeTensors, View};
use serde::{Deserialize, Serialize};

use super::{TrainingState, Watch, damaged, foreign};
use crate::neural::AdamW;
use crate::{Error, Progress, Result};

/// The version of the format.
const FORMAT: u32 = 2;
/// Bytes of the hash at the end.
const SEAL: usize = 32;
/// The tensors of an optimiser: weights, their average, and both moments.
const NAMES: [&str; 4] = ["weights", "average", "moment1", "moment2"];
/// Those of the network that is trained against the first.
const RIVAL: [&str; 4] = [
    "rival.weights",
    "rival.average",
    "rival.moment1",
    "rival.moment2",
];
/// Larger files are refused unread.
const LIMIT: u64 = 16 << 30;
/// Numbers of a line of the history that are floats, and that are whole.
const FLOATS: usize = 8;
const WHOLES: usize = 3;

/// What is small.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Small {
    format: u32,
    fingerprint: String,
    step: u64,
    since: u64,
    looks: u64,
    worse: u32,
    copied: u32,
}

/// A piece of the file.
enum Piece<'a> {
    F32(&'a [f32], [usize; 1]),
    F64(Vec<f64>, [usize; 1]),
    I64(Vec<i64>, [usize; 1]),
    Seal,
}

impl Piece<'_> {
    fn f64(v: Vec<f64>) -> Piece<'static> {
        let shape = [v.len()];
        Piece::F64(v, shape)
    }
}

impl View for Piece<'_> {
    fn dtype(&self) -> Dtype {
        match self {
            Piece::F32(..) => Dtype::F32,
            Piece::F64(..) => Dtype::F64,
            Piece::I64(..) => Dtype::I64,
            Piece::Seal => Dtype::U8,
        }
    }

    fn shape(&self) -> &[usize] {
        match self {
            Piece::F32(_, shape) | Piece::F64(_, shape) | Piece::I64(_, shape) => shape,
            Piece::Seal => &[SEAL],
        }
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Owned(match self {
            Piece::F32(v, _) => bytes(v, f32::to_le_bytes),
            Piece::F64(v, _) => bytes(v, f64::to_le_bytes),
            Piece::I64(v, _) => bytes(v, i64::to_le_bytes),
            Piece::Seal => vec![0; SEAL],
        })
    }

    fn data_len(&self) -> usize {
        match self {
            Piece::F32(v, _) => v.len() * 4,
            Piece::F64(v, _) => v.len() * 8,
            Piece::I64(v, _) => v.len() * 8,
            Piece::Seal => SEAL,
        }
    }
}

fn bytes<T: Copy, const N: usize>(values: &[T], write: fn(T) -> [u8; N]) -> Vec<u8> {
    let mut out = vec![0; values.len() * N];
    for (to, x) in out.as_chunks_mut::<N>().0.iter_mut().zip(values) {
        *to = write(*x);
    }
    out
}

fn words<T, const N: usize>(bytes: &[u8], read: fn([u8; N]) -> T) -> Vec<T> {
    bytes.as_chunks::<N>().0.iter().map(|w| read(*w)).collect()
}

/// Writes `state` to `path`.
pub(super) fn save(state: &TrainingState, path: &Path) -> Result<()> {
    let content = to_bytes(state)?;
    write(&content, path).map_err(|e| {
        Error::environment(
            "synth/checkpoint-unwritable",
            "A checkpoint cannot be written.",
            "Check that the disk has room and that the folder for checkpoints may be written to.",
        )
        .in_file(path)
        .caused_by(e)
    })
}

fn write(content: &[u8], path: &Path) -> std::io::Result<()> {
    let folder = match path.parent() {
        Some(p) if !p.as_os_str().is_empty() => p,
        _ => Path::new("."),
    };
    let mut beside = tempfile::Builder::new()
        .prefix(".state-")
        .tempfile_in(folder)?;
    let (first, rest) = content.split_at(content.len() / 2);
    beside.write_all(first)?;
    verdancy_fail_point::pass("in-checkpoint");
    beside.write_all(rest)?;
    beside.as_file().sync_all()?;
    beside.persist(path).map_err(|e| e.error)?;
    // Not every system can sync a folder; the file itself is on disk.
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

fn to_bytes(state: &TrainingState) -> Result<Vec<u8>> {
    let small = Small {
        format: FORMAT,
        fingerprint: state.fingerprint.clone(),
        step: state.step,
        since: state.since,
        looks: state.looks,
        worse: state.watch.worse,
        copied: state.watch.copied,
    };
    let internal = |e: Box<dyn std::error::Error + Send + Sync>| {
        Error::internal("a checkpoint cannot be put into bytes").caused_by(e)
    };
    let small = serde_json::to_string(&small).map_err(|e| internal(e.into()))?;
    let (floats, wholes) = columns(&state.history);
    let best = state.watch.best.as_ref();
    let wholes_shape = [wholes.len()];
    let mut pieces = vec![
        ("history", Piece::f64(floats)),
        ("lines", Piece::I64(wholes, wholes_shape)),
        (
            "numbers",
            Piece::f64(vec![
                state.sum,
                state.seconds,
                best.map_or(0.0, |(loss, _)| *loss),
            ]),
        ),
        ("seal", Piece::Seal),
    ];
    let optimisers = [
        (NAMES, Some(&state.optimiser)),
        (RIVAL, state.rival.as_ref()),
    ];
    for (names, optimiser) in optimisers {
        let parts = optimiser.into_iter().flat_map(AdamW::parts);
        for (name, values) in names.into_iter().zip(parts) {
            pieces.push((name, Piece::F32(values, [values.len()])));
        }
    }
    if let Some((_, weights)) = best {
        pieces.push(("best", Piece::F32(weights, [weights.len()])));
    }
    let about = HashMap::from([("state".to_owned(), small)]);
    let mut out = safetensors::serialize(pieces, Some(about)).map_err(|e| internal(e.into()))?;
    // Single bytes come last in the format's order.
    let at = out.len().saturating_sub(SEAL);
    let seal = blake3::hash(&out[..at]);
    out[at..].copy_from_slice(seal.as_bytes());
    Ok(out)
}

/// Reads the state in `path`.
pub(super) fn load(path: &Path) -> Result<TrainingState> {
    let unreadable = |e: std::io::Error| {
        Error::environment(
            "synth/checkpoint-unreadable",
            "A checkpoint cannot be read.",
            "Check that the file may be read and that the disk works.",
        )
        .caused_by(e)
    };
    let file = File::open(path).map_err(unreadable)?;
    let meta = file.metadata().map_err(unreadable)?;
    if !meta.is_file() || meta.len() > LIMIT {
        return Err(damaged());
    }
    let mut content = Vec::with_capacity(meta.len() as usize);
    file.take(LIMIT)
        .read_to_end(&mut content)
        .map_err(unreadable)?;
    from_bytes(&content)
}

fn from_bytes(content: &[u8]) -> Result<TrainingState> {
    let sealed = content
        .split_last_chunk::<SEAL>()
        .is_some_and(|(body, seal)| blake3::hash(body).as_bytes() == seal);
    if !sealed {
        return Err(damaged());
    }
    let read = |e: safetensors::SafeTensorError| damaged().caused_by(e);
    let (_, about) = SafeTensors::read_metadata(content).map_err(read)?;
    let small = (about.metadata().as_ref())
        .and_then(|about| about.get("state"))
        .ok_or_else(foreign)?;
    let small: Small = serde_json::from_str(small).map_err(|_| foreign())?;
    if small.format != FORMAT {
        return Err(foreign());
    }
    let pieces = SafeTensors::deserialize(content).map_err(read)?;
    let of = |name: &str, dtype: Dtype| {
        let view = pieces.tensor(name).map_err(read)?;
        if view.dtype() == dtype {
            Ok(view.data())
        } else {
            Err(damaged())
        }
    };
    let f32s = |name: &str| Ok::<_, Error>(words(of(name, Dtype::F32)?, f32::from_le_bytes));
    let f64s = |name: &str| Ok::<_, Error>(words(of(name, Dtype::F64)?, f64::from_le_bytes));
    let four = |[a, b, c, d]: [&str; 4]| {
        let parts = [f32s(a)?, f32s(b)?, f32s(c)?, f32s(d)?];
        if parts.iter().any(|p| p.len() != parts[0].len()) {
            return Err(damaged());
        }
        Ok(AdamW::resumed(parts, small.step))
    };
    let optimiser = four(NAMES)?;
    let rival = match pieces.tensor(RIVAL[0]) {
        Ok(_) => Some(four(RIVAL)?),
        Err(_) => None,
    };
    let [sum, seconds, least] = f64s("numbers")?[..] else {
        return Err(damaged());
    };
    let best = match pieces.tensor("best") {
        Ok(_) => Some((least, f32s("best")?)),
        Err(_) => None,
    };
    let wholes = words(of("lines", Dtype::I64)?, i64::from_le_bytes);
    let history = lines(&f64s("history")?, &wholes).ok_or_else(damaged)?;
    if !(seconds.is_finite() && seconds >= 0.0) {
        return Err(damaged());
    }
    Ok(TrainingState {
        fingerprint: small.fingerprint,
        optimiser,
        rival,
        step: small.step,
        sum,
        since: small.since,
        looks: small.looks,
        seconds,
        watch: Watch {
            best,
            worse: small.worse,
            copied: small.copied,
        },
        history,
    })
}

/// The history in numbers: floats, and whole numbers with a mark for what is there.
fn columns(history: &[Progress]) -> (Vec<f64>, Vec<i64>) {
    let (mut floats, mut wholes) = (Vec::new(), Vec::new());
    for line in history {
        floats.extend([
            line.epoch,
            line.epochs,
            line.loss,
            line.validation_loss.unwrap_or_default(),
            line.copy_share.unwrap_or_default(),
            line.seconds,
            line.eta,
            line.check_seconds,
        ]);
        let marks = i64::from(line.best)
            | i64::from(line.validation_loss.is_some()) << 1
            | i64::from(line.copy_share.is_some()) << 2;
        wholes.extend([line.step as i64, line.steps as i64, marks]);
    }
    (floats, wholes)
}

fn lines(floats: &[f64], wholes: &[i64]) -> Option<Vec<Progress>> {
    let (floats, odd) = floats.as_chunks::<FLOATS>();
    let (wholes, even) = wholes.as_chunks::<WHOLES>();
    if floats.len() != wholes.len() || !odd.is_empty() || !even.is_empty() {
        return None;
    }
    let line = |(f, [step, steps, marks]): (&[f64; FLOATS], &[i64; WHOLES])| Progress {
        epoch: f[0],
        epochs: f[1],
        step: *step as u64,
        steps: *steps as u64,
        loss: f[2],
        validation_loss: (marks & 2 != 0).then_some(f[3]),
        copy_share: (marks & 4 != 0).then_some(f[4]),
        best: marks & 1 != 0,
        seconds: f[5],
        eta: f[6],
        check_seconds: f[7],
    };
    Some(floats.iter().zip(wholes).map(line).collect())
}
