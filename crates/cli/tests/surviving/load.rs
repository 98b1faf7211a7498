//! Load: 1,000 uploads at once, answers with 10,000 runs stored, 200 watchers of one run; and scenario
//! 9, how fast 1,000 short jobs go through eight workers. All on loopback; `cargo xtask bench service`
//! runs them on the release build.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use verdancy_jobs::{Database, NewJob, Queue, Rhythm};

use crate::figures::{self, quantile};
use crate::ground::{Ground, Kind, table};

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
}

fn both() -> impl Iterator<Item = Ground> {
    // A commit is on the disk when it returns: the settings of an ordinary installation.
    [Kind::Sqlite, Kind::Postgres]
        .into_iter()
        .filter_map(|kind| Ground::with(kind, &[], None))
}

fn job() -> NewJob {
    NewJob {
        project: "p".into(),
        kind: "short".into(),
        actor: "load".into(),
        payload: "{}".into(),
        ..NewJob::default()
    }
}

/// Takes `jobs` jobs of a millisecond through eight workers. Seconds for claims and commits, and
/// claims a second while claims alone are made.
async fn drained(url: &str, jobs: usize) -> (f64, f64) {
    let open = async || {
        let database = Database::connect(url, 1).await.unwrap();
        Queue::new(database, Rhythm::default())
    };
    let fill = async |q: &Queue| {
        for _ in 0..jobs {
            q.enqueue(&job()).await.unwrap();
        }
    };
    let first = open().await;
    let mut workers = Vec::new();
    for n in 0..8 {
        workers.push((format!("w{n}"), open().await));
    }
    let mut seconds = Vec::new();
    for commits in [true, false] {
        fill(&first).await;
        let began = Instant::now();
        let tasks: Vec<_> = (workers.iter().cloned())
            .map(|(name, q)| {
                tokio::spawn(async move {
                    let mut done = Vec::new();
                    while let Some((job, lease)) = q.claim(&name).await.unwrap() {
                        if commits {
                            tokio::time::sleep(Duration::from_millis(1)).await;
                            lease.succeed("{}", &[], &[]).await.unwrap();
                        }
                        done.push(job.id);
                    }
                    done
                })
            })
            .collect();
        let mut all = Vec::new();
        for task in tasks {
            all.extend(task.await.unwrap());
        }
        seconds.push(began.elapsed().as_secs_f64());
        all.sort();
        all.dedup();
        assert_eq!(all.len(), jobs, "none lost, none twice");
    }
    (seconds[0], jobs as f64 / seconds[1])
}

#[test]
#[ignore = "load: cargo xtask bench service"]
fn load_claims() {
    for ground in both() {
        std::fs::create_dir_all(&ground.data).unwrap();
        let jobs = 1000;
        let (seconds, claims) = runtime().block_on(drained(&ground.url, jobs));
        let bar = if ground.kind == Kind::Sqlite {
            500.0
        } else {
            1000.0
        };
        let found = format!(
            "{claims:.0} claims/s; with a millisecond of work and the commit of each result {:.0} jobs/s; \
             none lost, none twice",
            jobs as f64 / seconds
        );
        let what = "1,000 jobs of 1 ms, 8 workers";
        let said = format!("at least {bar} claims/s");
        figures::note("9", ground.kind.name(), what, &found, &said, claims >= bar);
    }
}

#[test]
#[ignore = "load: cargo xtask bench service"]
fn load_uploads() {
    for mut ground in both() {
        let server = ground.serve(&["--no-worker"]);
        let address = ground.address("/v1/datasets?name=t.csv");
        let content = table(2000);
        let (statuses, mut times, unsaid) = runtime().block_on(async {
            let client = reqwest::Client::builder()
                .timeout(Duration::from_secs(120))
                .build()
                .unwrap();
            let tasks: Vec<_> = (0..1000)
                .map(|_| {
                    let request = client.post(&address).body(content.clone());
                    tokio::spawn(async move {
                        let began = Instant::now();
                        let answer = request.send().await;
                        let seconds = began.elapsed().as_secs_f64();
                        match answer {
                            Ok(answer) => {
                                let told = answer.headers().contains_key("retry-after");
                                (answer.status().as_u16(), told, seconds)
                            }
                            Err(_) => (0, false, seconds),
                        }
                    })
                })
                .collect();
            let mut statuses: BTreeMap<u16, usize> = BTreeMap::new();
            let (mut times, mut unsaid) = (Vec::new(), 0);
            for task in tasks {
                let (status, told, seconds) = task.await.unwrap();
                *statuses.entry(status).or_default() += 1;
                times.push(seconds);
                let busy = [429, 503].contains(&status);
                unsaid += usize::from(!(status == 201 || busy && told));
            }
            (statuses, times, unsaid)
        });
        let memory = server.peak_memory().unwrap() as f64 / f64::from(1 << 20);
        let found = format!(
            "answers by status {statuses:?}; p99 {:.1} s; most memory of the server {memory:.0} MB",
            quantile(&mut times, 0.99)
        );
        let kept = unsaid == 0 && memory < 512.0;
        let bar = "201, or 429/503 with Retry-After; under 512 MB";
        figures::note(
            "load",
            ground.kind.name(),
            "1,000 uploads at once",
            &found,
            bar,
            kept,
        );
        let answer = ground.client.get(ground.address("/health")).send().unwrap();
        assert!(answer.status().is_success());
    }
}

#[test]
#[ignore = "load: cargo xtask bench service"]
fn load_answers_with_many_runs() {
    for mut ground in both() {
        let server = ground.serve(&[]);
        let dataset = ground.upload(table(150));
        let done = ground.quick_run(&dataset);
        ground.ended(&done);
        // 10,000 copies of the finished run, events included.
        let texts = [
            "INSERT INTO jobs SELECT replace(id, substr(id, 1, 8), 'copy' || n), project, kind, actor, \
             payload, state, priority, attempt, deaths, max_attempts, owner, lease_until, mark, \
             death_mark, progress, last_event, result, error_code, error, created_at, run_after, \
             started_at, finished_at, unique_key FROM jobs, NUMBERS",
            "INSERT INTO job_events SELECT replace(job, substr(job, 1, 8), 'copy' || n), seq, at, kind, \
             body FROM job_events, NUMBERS",
            "INSERT INTO job_artifacts SELECT replace(job, substr(job, 1, 8), 'copy' || n), name, hash, \
             bytes, media_type FROM job_artifacts, NUMBERS",
        ];
        let numbers = match ground.kind {
            Kind::Sqlite => {
                "(WITH RECURSIVE s(n) AS (SELECT 10000 UNION ALL SELECT n + 1 FROM s WHERE n < 19999) \
                 SELECT n FROM s) AS numbers"
            }
            Kind::Postgres => "generate_series(10000, 19999) AS numbers(n)",
        };
        ground.queue(async |q| {
            for text in texts {
                let text = sqlx::AssertSqlSafe(text.replace("NUMBERS", numbers));
                sqlx::query(text)
                    .execute(q.database().pool())
                    .await
                    .unwrap();
            }
            let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM jobs")
                .fetch_one(q.database().pool())
                .await
                .unwrap();
            assert_eq!(rows, 10_001);
        });
        for (what, path) in [
            ("status of a run (API)", format!("/v1/runs/{done}/status")),
            ("page of a run", format!("/runs/{done}")),
            ("list of runs (page)", "/runs".to_owned()),
            ("list of runs (API)", "/v1/runs".to_owned()),
        ] {
            let address = ground.address(&path);
            let mut times: Vec<f64> = runtime().block_on(async {
                let client = reqwest::Client::new();
                let tasks: Vec<_> = (0..4)
                    .map(|_| {
                        let (client, address) = (client.clone(), address.clone());
                        tokio::spawn(async move {
                            let mut times = Vec::new();
                            for _ in 0..250 {
                                let began = Instant::now();
                                let answer = client.get(&address).send().await.unwrap();
                                assert!(answer.status().is_success());
                                answer.bytes().await.unwrap();
                                times.push(began.elapsed().as_secs_f64() * 1000.0);
                            }
                            times
                        })
                    })
                    .collect();
                let mut all = Vec::new();
                for task in tasks {
                    all.extend(task.await.unwrap());
                }
                all
            });
            let (half, most) = (quantile(&mut times, 0.5), quantile(&mut times, 0.99));
            let found =
                format!("1,000 requests over 4 connections: median {half:.1} ms, p99 {most:.1} ms");
            let what = format!("{what}, 10,000 runs stored");
            figures::note(
                "load",
                ground.kind.name(),
                &what,
                &found,
                "p99 at most 50 ms",
                most <= 50.0,
            );
        }
        drop(server);
    }
}

#[test]
#[ignore = "load: cargo xtask bench service"]
fn load_watchers() {
    for mut ground in both() {
        let server = ground.serve(&[]);
        let dataset = ground.upload(table(150));
        let warm = ground.run(&dataset, 2);
        ground.ended(&warm);
        let id = ground.run(&dataset, 60);
        let address = ground.address(&format!("/v1/runs/{id}/events"));
        let (texts, began) = runtime().block_on(async {
            let client = reqwest::Client::new();
            let tasks: Vec<_> = (0..200)
                .map(|_| {
                    let request = client.get(&address);
                    tokio::spawn(async move {
                        let answer = request.send().await.unwrap();
                        assert_eq!(answer.status(), 200);
                        let mut text = Vec::new();
                        let mut stream = answer.bytes_stream();
                        while let Some(Ok(bytes)) = stream.next().await {
                            text.extend_from_slice(&bytes);
                        }
                        (String::from_utf8(text).unwrap(), Instant::now())
                    })
                })
                .collect();
            let mut out = Vec::new();
            for task in tasks {
                out.push(task.await.unwrap());
            }
            let first = out.iter().map(|(_, at)| *at).min().unwrap();
            let last = out.iter().map(|(_, at)| *at).max().unwrap();
            (
                out.into_iter().map(|(t, _)| t).collect::<Vec<_>>(),
                (last - first).as_secs_f64(),
            )
        });
        let job = ground.ended(&id);
        let ids = |text: &str| -> Vec<i64> {
            text.lines()
                .filter_map(|l| l.strip_prefix("id:")?.trim().parse().ok())
                .collect()
        };
        let whole: Vec<i64> = (1..=job.last_event).collect();
        let complete = texts.iter().filter(|t| ids(t) == whole).count();
        let ended = texts.iter().filter(|t| t.contains("\"succeeded\"")).count();
        let memory = server.peak_memory().unwrap() as f64 / f64::from(1 << 20);
        let found = format!(
            "{complete} of 200 got all {} events in order, {ended} the end; first to last told within \
             {began:.2} s; most memory of the server {memory:.0} MB",
            whole.len()
        );
        let kept = complete == 200 && ended == 200;
        let bar = "all events to all";
        figures::note(
            "load",
            ground.kind.name(),
            "200 watchers of one run (SSE)",
            &found,
            bar,
            kept,
        );
    }
}

/// The upload burst in small, as a test: everyone is answered, and told when to come again.
#[test]
fn a_burst_of_uploads_is_answered() {
    let mut ground = Ground::new(Kind::Sqlite).unwrap();
    let _server = ground.serve(&["--no-worker"]);
    let address = ground.address("/v1/datasets?name=t.csv");
    let statuses = runtime().block_on(async {
        let client = reqwest::Client::new();
        let tasks: Vec<_> = (0..60)
            .map(|_| {
                let request = client.post(&address).body(table(100));
                tokio::spawn(async move {
                    let answer = request.send().await.unwrap();
                    (
                        answer.status().as_u16(),
                        answer.headers().contains_key("retry-after"),
                    )
                })
            })
            .collect();
        let mut out = Vec::new();
        for task in tasks {
            out.push(task.await.unwrap());
        }
        out
    });
    assert!(statuses.iter().any(|(status, _)| *status == 201));
    for (status, told) in statuses {
        assert!(
            status == 201 || [429, 503].contains(&status) && told,
            "{status}"
        );
    }
}
