//! Cox's proportional hazards with a ridge penalty, Breslow's ties, by Newton's method.

use super::design::Sparse;
use super::linear::solve;

/// The log hazard ratios of the design's columns.
pub(crate) fn fit(x: &Sparse, time: &[f64], event: &[bool], ridge: f64) -> Vec<f64> {
    let d = x.width;
    // Longest time first, so that the rows at risk grow along the order.
    let mut order: Vec<usize> = (0..x.rows()).collect();
    order.sort_by(|&a, &b| time[b].total_cmp(&time[a]));
    let mut weights = vec![0.0; d];
    let mut loss = objective(x, time, event, &order, ridge, &weights);
    for _ in 0..30 {
        let (gradient, mut hessian) = derivatives(x, time, event, &order, ridge, &weights);
        let Some(step) = solve(&mut hessian, &gradient) else {
            break;
        };
        let mut size = 1.0;
        let mut better = false;
        while size > 1e-3 {
            let trial: Vec<f64> = weights
                .iter()
                .zip(&step)
                .map(|(w, s)| w + size * s)
                .collect();
            let next = objective(x, time, event, &order, ridge, &trial);
            if next < loss {
                better = loss - next > 1e-8 * x.rows() as f64;
                (weights, loss) = (trial, next);
                break;
            }
            size /= 2.0;
        }
        if !better {
            break;
        }
    }
    weights
}

/// Groups of equal time within `order`.
fn groups<'a>(order: &'a [usize], time: &'a [f64]) -> impl Iterator<Item = &'a [usize]> {
    order.chunk_by(|&a, &b| time[a] == time[b])
}

/// Negative penalised log partial likelihood.
fn objective(
    x: &Sparse,
    time: &[f64],
    event: &[bool],
    order: &[usize],
    ridge: f64,
    weights: &[f64],
) -> f64 {
    let mut total = ridge / 2.0 * weights.iter().map(|w| w * w).sum::<f64>();
    let mut at_risk = 0.0;
    for group in groups(order, time) {
        let mut events = 0.0;
        for &i in group {
            let score = x.dot(i, weights);
            at_risk += score.min(500.0).exp();
            if event[i] {
                events += 1.0;
                total -= score;
            }
        }
        if events > 0.0 {
            total += events * f64::ln(at_risk);
        }
    }
    total
}

/// Ascent direction's gradient and the (positive definite) information matrix, lower triangle.
fn derivatives(
    x: &Sparse,
    time: &[f64],
    event: &[bool],
    order: &[usize],
    ridge: f64,
    weights: &[f64],
) -> (Vec<f64>, Vec<f64>) {
    let d = x.width;
    let mut gradient: Vec<f64> = weights.iter().map(|w| -ridge * w).collect();
    let mut information = vec![0.0; d * d];
    let mut first = vec![0.0; d];
    let mut second = vec![0.0; d * d];
    let mut at_risk = 0.0;
    for group in groups(order, time) {
        let mut events = 0.0;
        for &i in group {
            let hazard = x.dot(i, weights).min(500.0).exp();
            at_risk += hazard;
            for (c, v) in x.row(i) {
                first[c] += hazard * v;
                for (k, u) in x.row(i).take_while(|(k, _)| *k <= c) {
                    second[c * d + k] += hazard * v * u;
                }
                if event[i] {
                    gradient[c] += v;
                }
            }
            events += f64::from(u8::from(event[i]));
        }
        if events == 0.0 {
            continue;
        }
        for c in 0..d {
            let mean = first[c] / at_risk;
            gradient[c] -= events * mean;
            for k in 0..=c {
                information[c * d + k] +=
                    events * (second[c * d + k] / at_risk - mean * first[k] / at_risk);
            }
        }
    }
    for c in 0..d {
        information[c * d + c] += ridge;
    }
    (gradient, information)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_hazard_ratio_of_a_known_model() {
        // Exponential times with hazard exp(0.8 x), x evenly spread, quantiles instead of chance.
        let n = 2000;
        let x: Vec<f64> = (0..n).map(|i| f64::from(i % 40) / 20.0 - 1.0).collect();
        let time: Vec<f64> = (0..n)
            .map(|i| {
                let u = (f64::from((i * 7919) % n) + 0.5) / f64::from(n);
                -u.ln() / (0.8 * x[i as usize]).exp()
            })
            .collect();
        let event = vec![true; n as usize];
        let w = fit(
            &Sparse::dense(1, x.iter().map(|&v| vec![v])),
            &time,
            &event,
            1e-6,
        );
        assert!((w[0] - 0.8).abs() < 0.08, "{}", w[0]);
    }
}
