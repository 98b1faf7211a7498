//! PostgreSQL over TLS: a server with a certificate made here, which is believed only where its authority is known
//! and its name is the one that was asked for.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use sqlx::Row;
use verdancy_jobs::Database;
use verdancy_trial::Postgres;

/// An authority's certificate, and one that it signed for `name` with its key.
fn signed(name: &str) -> [String; 3] {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    // Two authorities of one name differ by their keys alone.
    params
        .distinguished_name
        .push(DnType::CommonName, "an authority");
    let key = KeyPair::generate().unwrap();
    let authority = params.self_signed(&key).unwrap().pem();
    let issuer = Issuer::new(params, key);
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap().pem();
    [authority, certificate, key.serialize_pem()]
}

#[tokio::test]
async fn a_server_is_believed_by_its_authority_and_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let [authority, certificate, key] = signed("127.0.0.1");
    let [other, _, _] = signed("127.0.0.1");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let (authority, other) = (file("authority.pem", &authority), file("other.pem", &other));
    let Some(server) = Postgres::start_tls(&certificate, &key).unwrap() else {
        println!("skipped: no PostgreSQL here");
        return;
    };
    let port = server.port();
    let url = |host: &str, mode: &str, file: &str| {
        format!("postgres://postgres@{host}:{port}/postgres?sslmode={mode}&sslrootcert={file}")
    };
    let database = Database::connect(&url("127.0.0.1", "verify-full", &authority), 2).await;
    let database = database.unwrap();
    let row = sqlx::query(
        "SELECT CAST(count(*) AS BIGINT) FROM pg_stat_ssl WHERE ssl AND pid = pg_backend_pid()",
    )
    .fetch_one(database.pool())
    .await
    .unwrap();
    assert_eq!(
        row.try_get::<i64, _>(0).unwrap(),
        1,
        "the connection is encrypted"
    );
    database.pool().close().await;

    let refused = async |url: &str| {
        let error = Database::connect(url, 1).await.map(drop).unwrap_err();
        let told = format!("{error:?}");
        assert!(
            told.contains("certificate") || told.contains("Certificate"),
            "{url}: {told}"
        );
    };
    refused(&url("127.0.0.1", "verify-full", &other)).await;
    refused(&url("127.0.0.1", "verify-ca", &other)).await;
    // Not its name; that it is of the authority alone is enough for who asks for no more.
    refused(&url("localhost", "verify-full", &authority)).await;
    let by_authority = Database::connect(&url("localhost", "verify-ca", &authority), 1).await;
    by_authority.unwrap().pool().close().await;
    // The machine's own authorities know nothing of it.
    refused(&format!(
        "postgres://postgres@127.0.0.1:{port}/postgres?sslmode=verify-full"
    ))
    .await;
}

#[tokio::test]
async fn a_server_without_tls_is_refused_where_tls_is_asked_for() {
    let Some(server) = Postgres::start(&[]).unwrap() else {
        println!("skipped: no PostgreSQL here");
        return;
    };
    for mode in ["require", "verify-ca", "verify-full"] {
        let url = format!("{}/postgres?sslmode={mode}", server.server());
        assert!(Database::connect(&url, 1).await.is_err(), "{mode}");
    }
    let plain = format!("{}/postgres?sslmode=disable", server.server());
    Database::connect(&plain, 1)
        .await
        .unwrap()
        .pool()
        .close()
        .await;
}
