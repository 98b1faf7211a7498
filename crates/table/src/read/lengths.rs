//! Lengths that an Arrow IPC file claims, checked before anything is allocated for them: a damaged file
//! of twenty bytes may claim gigabytes.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

use arrow_ipc::{Message, RecordBatch, root_as_footer, root_as_message};

/// What is wrong with a claim.
pub(super) enum Claim {
    /// More than the file has.
    Beyond,
    /// More than may be unpacked.
    TooLarge,
}

impl From<io::Error> for Claim {
    fn from(_: io::Error) -> Claim {
        Claim::Beyond
    }
}

type Outcome<T> = Result<T, Claim>;

/// Walks over the messages of a file.
struct Walk {
    file: BufReader<File>,
    length: u64,
    /// Bytes that may still be unpacked.
    left: u64,
}

/// Checks a stream of messages.
pub(super) fn stream(file: File, limit: u64) -> Outcome<()> {
    let mut walk = Walk::new(file, limit)?;
    let mut at = 0;
    while let Some((message, begin)) = walk.metadata(at)? {
        at = walk.message(&message, begin)?;
    }
    Ok(())
}

/// Checks a file with a footer.
pub(super) fn file(file: File, limit: u64) -> Outcome<()> {
    let mut walk = Walk::new(file, limit)?;
    // Length of the footer, and six bytes that say what it is.
    let end = walk.length.checked_sub(10).ok_or(Claim::Beyond)?;
    let mut word = [0; 4];
    walk.read(end, &mut word)?;
    let size = u64::try_from(i32::from_le_bytes(word)).map_err(|_| Claim::Beyond)?;
    let begin = end.checked_sub(size).ok_or(Claim::Beyond)?;
    let mut bytes = vec![0; size as usize];
    walk.read(begin, &mut bytes)?;
    let footer = root_as_footer(&bytes).map_err(|_| Claim::Beyond)?;
    let lists = [footer.dictionaries(), footer.recordBatches()];
    for block in lists.iter().flatten().flatten() {
        // A reader takes the body from where the footer says, not from where the message ends.
        let at = after(0, block.offset())?;
        let begin = after(at, i64::from(block.metaDataLength()))?;
        let end = after(begin, block.bodyLength())?;
        if end > walk.length {
            return Err(Claim::Beyond);
        }
        // Nor does it look at the length that stands before the message: none is not the end here.
        let (bytes, _) = walk.metadata(at)?.ok_or(Claim::Beyond)?;
        walk.batches(&message_of(&bytes)?, begin, end)?;
    }
    Ok(())
}

impl Walk {
    fn new(file: File, left: u64) -> Outcome<Walk> {
        let length = file.metadata()?.len();
        let file = BufReader::new(file);
        Ok(Walk { file, length, left })
    }

    fn read(&mut self, at: u64, bytes: &mut [u8]) -> Outcome<()> {
        self.file.seek(SeekFrom::Start(at))?;
        Ok(self.file.read_exact(bytes)?)
    }

    /// The message that begins at `at`, without its body, and where that begins; none at the end.
    fn metadata(&mut self, at: u64) -> Outcome<Option<(Vec<u8>, u64)>> {
        let mut word = [0; 4];
        let mut begin = at + 4;
        if begin > self.length {
            return Ok(None);
        }
        self.read(at, &mut word)?;
        if word == [0xff; 4] {
            self.read(begin, &mut word)?;
            begin += 4;
        }
        let size = u64::try_from(i32::from_le_bytes(word)).map_err(|_| Claim::Beyond)?;
        if size == 0 {
            return Ok(None);
        }
        let body = begin + size;
        if body > self.length {
            return Err(Claim::Beyond);
        }
        let mut bytes = vec![0; size as usize];
        self.read(begin, &mut bytes)?;
        Ok(Some((bytes, body)))
    }

    /// Checks a message whose body begins at `begin`; where it ends.
    fn message(&mut self, bytes: &[u8], begin: u64) -> Outcome<u64> {
        let message = message_of(bytes)?;
        let end = after(begin, message.bodyLength())?;
        if end > self.length {
            return Err(Claim::Beyond);
        }
        self.batches(&message, begin, end)?;
        Ok(end)
    }

    /// Checks the batch, if any, of a message whose body is from `begin` to `end`.
    fn batches(&mut self, message: &Message<'_>, begin: u64, end: u64) -> Outcome<()> {
        let whole = message.header_as_record_batch();
        let dictionary = message.header_as_dictionary_batch().and_then(|d| d.data());
        for batch in [whole, dictionary].into_iter().flatten() {
            self.batch(&batch, begin, end)?;
        }
        Ok(())
    }

    /// Checks how large the compressed buffers of a batch say that they are when unpacked.
    fn batch(&mut self, batch: &RecordBatch<'_>, begin: u64, end: u64) -> Outcome<()> {
        if batch.compression().is_none() {
            return Ok(());
        }
        for buffer in batch.buffers().iter().flatten() {
            let at = after(begin, buffer.offset())?;
            if buffer.length() < 8 || at.saturating_add(8) > end {
                continue;
            }
            let mut word = [0; 8];
            self.read(at, &mut word)?;
            // Minus one stands for a buffer that is not compressed.
            if let Ok(unpacked) = u64::try_from(i64::from_le_bytes(word)) {
                self.left = self.left.checked_sub(unpacked).ok_or(Claim::TooLarge)?;
            }
        }
        Ok(())
    }
}

fn message_of(bytes: &[u8]) -> Outcome<Message<'_>> {
    root_as_message(bytes).map_err(|_| Claim::Beyond)
}

/// The place `length` bytes after `at`.
fn after(at: u64, length: i64) -> Outcome<u64> {
    let length = u64::try_from(length).map_err(|_| Claim::Beyond)?;
    at.checked_add(length).ok_or(Claim::Beyond)
}
