//! The generated table that tests of the binary stand on.

/// A generated table of `rows` rows: numbers, whole numbers, categories, a class.
#[allow(dead_code)]
pub fn table(rows: usize) -> String {
    let mut out = String::from("age,score,group,outcome\n");
    let mut state = 12345u64;
    let mut next = |n: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % n
    };
    for _ in 0..rows {
        let age = 20 + next(50);
        let score = (age as f64 * 0.7 + next(300) as f64 / 10.0) * 10.0;
        let group = ["north", "south", "east", "west"][next(4) as usize];
        let outcome = if age + next(30) > 55 { "yes" } else { "no" };
        out += &format!("{age},{:.1},{group},{outcome}\n", score.round() / 10.0);
    }
    out
}
