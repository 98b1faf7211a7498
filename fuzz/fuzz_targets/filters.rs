//! Any text as the query of a list of runs: refused by name, or the database gives what the filter
//! says of itself, job by job, and nothing that is not open to the asker.
#![no_main]

mod common;

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use tokio::runtime::{Builder, Runtime};
use verdancy_jobs::{Database, Filter, Job, NewJob, Queue, Rhythm};

struct Place {
    runtime: Runtime,
    queue: Queue,
    all: Vec<Job>,
}

fn open() -> Place {
    common::hook();
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let url = format!("sqlite://{}", common::folder().join("jobs.db").display());
    let (queue, all) = runtime.block_on(async {
        let database = Database::connect(&url, 1).await.expect("a database");
        let queue = Queue::new(database, Rhythm::default());
        for n in 0..24 {
            let job = NewJob {
                project: ["p", "q", "r s"][n % 3].into(),
                kind: "k".into(),
                actor: ["a", "b&c", "é"][n / 3 % 3].into(),
                payload: "{}".into(),
                ..NewJob::default()
            };
            let id = queue.enqueue(&job).await.expect("a job");
            if n % 4 == 0 {
                queue.cancel(&id).await.expect("a cancelled job");
            }
        }
        let all = queue.list(&Filter::default()).await.expect("all jobs");
        (queue, all)
    });
    Place { runtime, queue, all }
}

fn place() -> &'static Place {
    static PLACE: OnceLock<Place> = OnceLock::new();
    PLACE.get_or_init(open)
}

fuzz_target!(init: { place(); }, |data: &[u8]| {
    let Ok(query) = std::str::from_utf8(data) else { return };
    let Ok(asked) = Filter::parse(query) else { return };
    let scopes = [None, Some(vec!["p".to_owned(), "r s".to_owned()]), Some(Vec::new())];
    let place = place();
    for scope in scopes {
        let filter = asked.clone().within(scope.clone());
        let found = place.runtime.block_on(place.queue.list(&filter)).expect("a list");
        let limit = usize::try_from(filter.most()).expect("a limit that was checked");
        // None of the jobs has words that it is found by.
        let kept: Vec<&Job> = place.all.iter().filter(|job| filter.keeps(job) && filter.text.is_none()).take(limit).collect();
        assert!(found.iter().eq(kept));
        assert!(scope.is_none_or(|open| found.iter().all(|job| open.contains(&job.project))));
    }
});
