//! Binds SQL's syntax tree to the columns of a schema, and checks that its parts go together.

use jiff::civil::{Date, DateTime};
use sqlparser::ast::{
    BinaryOperator, Expr, Function as Call, FunctionArg, FunctionArgExpr, FunctionArguments, Ident,
    InTarget, Interval, UnaryOperator, Value,
};
use verdancy_table::{Error, Kind, Result, Schema};

use crate::error::{key, syntax, types, unknown_column, unsupported};
use crate::node::{Comparison, Function, Node, Operation, Type, Wild};

type Typed = (Node, Type);

/// A condition over columns of `schema`.
pub fn condition(parsed: &Expr, schema: &Schema) -> Result<Node> {
    let (node, of) = Binder { schema }.bind(parsed)?;
    truth(node, of)
}

fn truth(node: Node, of: Type) -> Result<Node> {
    match of {
        Type::Truth | Type::Any => Ok(node),
        _ => Err(types(
            "This gives a value, not a condition that holds or does not.",
            "Compare it with something, for example: age > 60.",
        )),
    }
}

fn boxed(node: Node) -> Box<Node> {
    Box::new(node)
}

struct Binder<'a> {
    schema: &'a Schema,
}

impl Binder<'_> {
    fn bind(&self, parsed: &Expr) -> Result<Typed> {
        Ok(match parsed {
            Expr::Identifier(name) => self.column(&name.value, name)?,
            Expr::CompoundIdentifier(names) => {
                let whole: Vec<&str> = names.iter().map(|n| n.value.as_str()).collect();
                self.column(&whole.join("."), &names[0])?
            }
            Expr::Nested(inner) => self.bind(inner)?,
            Expr::Value(value) => literal(&value.value)?,
            Expr::TypedString(typed) => literal(&typed.value.value)?,
            Expr::Interval(interval) => (Node::Number(days(interval)?), Type::Number),
            Expr::UnaryOp { op, expr } => self.unary(*op, expr)?,
            Expr::BinaryOp { left, op, right } => self.binary(left, op, right)?,
            Expr::Between {
                expr,
                negated,
                low,
                high,
            } => {
                let low = self.compare(Comparison::GreaterOrEqual, expr, low)?;
                let high = self.compare(Comparison::LessOrEqual, expr, high)?;
                negated_if(*negated, Node::And(boxed(low), boxed(high)))
            }
            Expr::In {
                expr,
                target: InTarget::List(list),
                negated,
                ..
            } => {
                let (own, of) = self.bind(expr)?;
                let own = &(own, of);
                let others = (list.iter())
                    .map(|other| {
                        let (_, other) =
                            self.alike(Comparison::Equal, own.clone(), self.bind(other)?)?;
                        Ok(other)
                    })
                    .collect::<Result<Vec<Node>>>()?;
                negated_if(*negated, Node::In(boxed(own.0.clone()), others))
            }
            Expr::IsNull(inner) => (Node::IsMissing(boxed(self.bind(inner)?.0)), Type::Truth),
            Expr::IsNotNull(inner) => negated_if(true, Node::IsMissing(boxed(self.bind(inner)?.0))),
            Expr::IsTrue(inner) => self.truth_of(inner, false, false)?,
            Expr::IsNotTrue(inner) => self.truth_of(inner, false, true)?,
            Expr::IsFalse(inner) => self.truth_of(inner, true, true)?,
            Expr::IsNotFalse(inner) => self.truth_of(inner, true, false)?,
            Expr::Like {
                negated,
                any: false,
                expr,
                pattern,
                ..
            } => self.like(*negated, expr, pattern, true)?,
            Expr::ILike {
                negated,
                any: false,
                expr,
                pattern,
                ..
            } => self.like(*negated, expr, pattern, false)?,
            Expr::Floor { expr, .. } => self.call(Function::Floor, &[expr])?,
            Expr::Ceil { expr, .. } => self.call(Function::Ceil, &[expr])?,
            Expr::Extract { field, expr, .. } => match function(&field.to_string()) {
                Some(part) => self.call(part, &[expr])?,
                None => return Err(unsupported(&format!("EXTRACT of {field}"))),
            },
            Expr::Function(call) => self.function(call)?,
            Expr::Subquery(_) | Expr::In { .. } | Expr::Exists { .. } => {
                return Err(unsupported("A subquery"));
            }
            other => return Err(unsupported(&format!("\"{other}\""))),
        })
    }

    fn column(&self, name: &str, first: &Ident) -> Result<Typed> {
        let exact = self.schema.position(name);
        let folded = || {
            let wanted = name.to_lowercase();
            let mut alike = (self.schema.columns.iter().enumerate())
                .filter(|(_, c)| c.name.to_lowercase() == wanted)
                .map(|(at, _)| at);
            alike.next().filter(|_| alike.next().is_none())
        };
        let Some(at) = exact.or_else(folded) else {
            return Err(unknown_column(
                name,
                first.quote_style.is_some(),
                self.schema,
            ));
        };
        let spec = &self.schema.columns[at];
        let of = match &spec.kind {
            Kind::Numerical { .. } | Kind::Integer => Type::Number,
            Kind::Categorical | Kind::Boolean => Type::Text,
            Kind::Datetime { .. } => Type::Moment,
            Kind::Id { .. } => return Err(key(&spec.name, "a key")),
            Kind::Personal { what } => {
                return Err(key(
                    &spec.name,
                    &format!("personal data ({})", what.plural()),
                ));
            }
            Kind::Text { .. } => return Err(key(&spec.name, "free text")),
            Kind::Constant { .. } => return Err(key(&spec.name, "the same in each row")),
            Kind::Missing => return Err(key(&spec.name, "empty in each row")),
        };
        Ok((Node::Column(at), of))
    }

    fn unary(&self, op: UnaryOperator, inner: &Expr) -> Result<Typed> {
        let (node, of) = self.bind(inner)?;
        match (op, node, of) {
            (UnaryOperator::Not, node, of) => Ok((Node::Not(boxed(truth(node, of)?)), Type::Truth)),
            (UnaryOperator::Minus, Node::Number(x), _) => Ok((Node::Number(-x), Type::Number)),
            (UnaryOperator::Plus, node, Type::Number) => Ok((node, Type::Number)),
            (UnaryOperator::Minus, node, Type::Number) => {
                Ok((Node::Negative(boxed(node)), Type::Number))
            }
            (UnaryOperator::Minus | UnaryOperator::Plus, ..) => Err(types(
                "A sign stands before something that is no number.",
                "Remove the sign.",
            )),
            (other, ..) => Err(unsupported(&format!("The operator {other}"))),
        }
    }

    fn binary(&self, left: &Expr, op: &BinaryOperator, right: &Expr) -> Result<Typed> {
        let comparison = match op {
            BinaryOperator::Eq => Some(Comparison::Equal),
            BinaryOperator::NotEq => Some(Comparison::NotEqual),
            BinaryOperator::Lt => Some(Comparison::Less),
            BinaryOperator::LtEq => Some(Comparison::LessOrEqual),
            BinaryOperator::Gt => Some(Comparison::Greater),
            BinaryOperator::GtEq => Some(Comparison::GreaterOrEqual),
            _ => None,
        };
        if let Some(comparison) = comparison {
            return Ok((self.compare(comparison, left, right)?, Type::Truth));
        }
        let ((a, of_a), (b, of_b)) = (self.bind(left)?, self.bind(right)?);
        let operation = match op {
            BinaryOperator::And => {
                return Ok((
                    Node::And(boxed(truth(a, of_a)?), boxed(truth(b, of_b)?)),
                    Type::Truth,
                ));
            }
            BinaryOperator::Or => {
                return Ok((
                    Node::Or(boxed(truth(a, of_a)?), boxed(truth(b, of_b)?)),
                    Type::Truth,
                ));
            }
            BinaryOperator::Plus => Operation::Add,
            BinaryOperator::Minus => Operation::Subtract,
            BinaryOperator::Multiply => Operation::Multiply,
            BinaryOperator::Divide => Operation::Divide,
            BinaryOperator::Modulo => Operation::Remainder,
            BinaryOperator::BitwiseAnd | BinaryOperator::BitwiseOr => {
                return Err(syntax("it joins conditions by & or |; write AND or OR"));
            }
            other => return Err(unsupported(&format!("The operator {other}"))),
        };
        self.arithmetic(operation, (a, of_a), (b, of_b))
    }

    fn arithmetic(&self, operation: Operation, a: Typed, b: Typed) -> Result<Typed> {
        let (a, b) = (self.as_value(a), self.as_value(b));
        let of = match (operation, a.1, b.1) {
            (_, Type::Any, _) | (_, _, Type::Any) => Type::Any,
            (_, Type::Number, Type::Number) | (Operation::Subtract, Type::Moment, Type::Moment) => {
                Type::Number
            }
            (Operation::Add | Operation::Subtract, Type::Moment, Type::Number)
            | (Operation::Add, Type::Number, Type::Moment) => Type::Moment,
            _ => {
                return Err(types(
                    "This computes with something that is no number.",
                    "Compute with numbers, or with dates and numbers of days.",
                ));
            }
        };
        Ok((Node::Arithmetic(operation, boxed(a.0), boxed(b.0)), of))
    }

    /// Levels that arithmetic meets are read as numbers, texts as dates.
    fn as_value(&self, (node, of): Typed) -> Typed {
        match (&node, of) {
            // What else could be computed with than a date?
            (Node::Text(text), Type::Text) => match moment(text) {
                Ok(at) => (Node::Moment(at), Type::Moment),
                Err(_) => (node, of),
            },
            (Node::Column(at), Type::Text)
                if matches!(
                    self.schema.columns[*at].kind,
                    Kind::Categorical | Kind::Boolean
                ) =>
            {
                (Node::AsNumber(boxed(node)), Type::Number)
            }
            _ => (node, of),
        }
    }

    fn compare(&self, comparison: Comparison, left: &Expr, right: &Expr) -> Result<Node> {
        let (a, b) = (self.bind(left)?, self.bind(right)?);
        let (a, b) = self.alike(comparison, a, b)?;
        Ok(Node::Compare(comparison, boxed(a), boxed(b)))
    }

    /// Both sides of a comparison, in one type: a text beside a moment is a date, a number beside a level is a level.
    fn alike(&self, comparison: Comparison, a: Typed, b: Typed) -> Result<(Node, Node)> {
        if matches!(a.0, Node::Number(_) | Node::Text(_) | Node::Truth(_))
            && !matches!(b.0, Node::Number(_) | Node::Text(_) | Node::Truth(_))
        {
            let (b, a) = self.alike(comparison, b, a)?;
            return Ok((a, b));
        }
        let equality = comparison.is_equality();
        Ok(match ((a.0, a.1), (b.0, b.1)) {
            ((a, Type::Any), (b, _)) | ((a, _), (b, Type::Any)) => (a, b),
            ((a, Type::Moment), (Node::Text(text), _)) => (a, Node::Moment(moment(&text)?)),
            ((a, Type::Text), (Node::Number(x), _)) if equality => (a, Node::Text(written(x))),
            ((a, Type::Text), (Node::Truth(t), _)) if equality => (a, Node::Text(t.to_string())),
            ((a, Type::Text), (b, Type::Number)) => (Node::AsNumber(boxed(a)), b),
            ((a, Type::Number), (Node::Text(text), _)) => match text.trim().parse::<f64>() {
                Ok(x) if x.is_finite() => (a, Node::Number(x)),
                _ => {
                    return Err(types(
                        "This compares a number with a text.",
                        "Write numbers without quotes, for example: age > 60.",
                    ));
                }
            },
            ((a, Type::Text), (b, Type::Text)) if !equality => (
                Node::AsNumber(boxed(a)),
                match b {
                    Node::Text(text) => match text.trim().parse() {
                        Ok(x) => Node::Number(x),
                        Err(_) => {
                            return Err(types(
                                "Categories have no order.",
                                "Compare them with =, <> or IN.",
                            ));
                        }
                    },
                    other => Node::AsNumber(boxed(other)),
                },
            ),
            ((a, of_a), (b, of_b)) if of_a == of_b => (a, b),
            _ => {
                return Err(types(
                    "This compares values of different types.",
                    "Compare numbers with numbers, dates with dates such as '2024-01-31', and categories with texts.",
                ));
            }
        })
    }

    /// What holds where `unknown` stands for what is neither true nor false, or its opposite.
    fn truth_of(&self, inner: &Expr, unknown: bool, negated: bool) -> Result<Typed> {
        let (node, of) = self.bind(inner)?;
        let held = vec![truth(node, of)?, Node::Truth(unknown)];
        Ok(negated_if(negated, Node::Call(Function::Coalesce, held)))
    }

    fn like(&self, negated: bool, of: &Expr, pattern: &Expr, case: bool) -> Result<Typed> {
        match (self.bind(of)?, self.bind(pattern)?) {
            ((own, Type::Text), (Node::Text(pattern), _)) => {
                let wild = (pattern.chars())
                    .map(|c| match c {
                        '%' => Wild::Any,
                        '_' => Wild::One,
                        c => Wild::Just(c),
                    })
                    .collect();
                Ok(negated_if(negated, Node::Like(boxed(own), wild, case)))
            }
            _ => Err(types(
                "LIKE needs a category and a pattern.",
                "Write it as: city LIKE 'New %'.",
            )),
        }
    }

    fn function(&self, call: &Call) -> Result<Typed> {
        let name = call.name.to_string();
        let FunctionArguments::List(list) = &call.args else {
            return Err(unsupported(&format!("The function {name}")));
        };
        let arguments = (list.args.iter())
            .map(|arg| match arg {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(inner)) => Ok(inner),
                _ => Err(unsupported(&format!("An argument of {name}"))),
            })
            .collect::<Result<Vec<&Expr>>>()?;
        match function(&name) {
            Some(found) => self.call(found, &arguments),
            None => Err(unsupported(&format!("The function {name}"))),
        }
    }

    fn call(&self, function: Function, arguments: &[&Expr]) -> Result<Typed> {
        let bound = (arguments.iter())
            .map(|inner| match function {
                Function::Least | Function::Greatest | Function::Coalesce => self.bind(inner),
                _ => Ok(self.as_value(self.bind(inner)?)),
            })
            .collect::<Result<Vec<Typed>>>()?;
        let (least, most) = match function {
            Function::Least | Function::Greatest | Function::Coalesce => (1, usize::MAX),
            Function::Round => (1, 2),
            _ => (1, 1),
        };
        if bound.len() < least || bound.len() > most {
            return Err(syntax("a function has too many arguments, or none"));
        }
        let wanted = match function {
            Function::Abs | Function::Round | Function::Floor | Function::Ceil => {
                Some(Type::Number)
            }
            Function::Year
            | Function::Month
            | Function::Day
            | Function::Hour
            | Function::Weekday => Some(Type::Moment),
            _ => (bound.iter().map(|b| b.1)).find(|t| *t != Type::Any),
        };
        if bound
            .iter()
            .any(|(_, of)| wanted.is_some_and(|w| w != *of && *of != Type::Any))
        {
            return Err(types(
                "A function is given something of another type than it takes.",
                "Dates have year, month, day, hour and weekday; abs, round, floor and ceil take numbers.",
            ));
        }
        let of = match function {
            Function::Least | Function::Greatest | Function::Coalesce => {
                wanted.unwrap_or(Type::Any)
            }
            _ => Type::Number,
        };
        Ok((
            Node::Call(function, bound.into_iter().map(|b| b.0).collect()),
            of,
        ))
    }
}

fn negated_if(negated: bool, node: Node) -> Typed {
    match negated {
        true => (Node::Not(boxed(node)), Type::Truth),
        false => (node, Type::Truth),
    }
}

fn function(name: &str) -> Option<Function> {
    Some(match name.to_lowercase().as_str() {
        "abs" => Function::Abs,
        "round" => Function::Round,
        "floor" => Function::Floor,
        "ceil" | "ceiling" => Function::Ceil,
        "least" => Function::Least,
        "greatest" => Function::Greatest,
        "coalesce" => Function::Coalesce,
        "year" => Function::Year,
        "month" => Function::Month,
        "day" => Function::Day,
        "hour" => Function::Hour,
        "weekday" | "isodow" => Function::Weekday,
        _ => return None,
    })
}

fn literal(value: &Value) -> Result<Typed> {
    Ok(match value {
        Value::Number(digits, _) => match digits.parse::<f64>() {
            Ok(x) if x.is_finite() => (Node::Number(x), Type::Number),
            _ => return Err(syntax("a number in it is too large")),
        },
        Value::SingleQuotedString(text) => (Node::Text(text.clone()), Type::Text),
        Value::Boolean(truth) => (Node::Truth(*truth), Type::Truth),
        Value::Null => (Node::Missing, Type::Any),
        other => return Err(unsupported(&format!("The value {other}"))),
    })
}

/// A number as levels write it.
fn written(x: f64) -> String {
    format!("{x}")
}

/// A date, or a date and a time, in ISO 8601.
fn moment(text: &str) -> Result<i64> {
    let text = text.trim();
    let at = (text.parse::<DateTime>().ok()).or_else(|| {
        text.parse::<Date>()
            .ok()
            .map(|d| d.to_datetime(jiff::civil::Time::midnight()))
    });
    (at.and_then(|at| at.to_zoned(jiff::tz::TimeZone::UTC).ok()))
        .map(|at| at.timestamp().as_microsecond())
        .ok_or_else(|| {
            types(
                "A date cannot be read.",
                "Write dates as '2024-01-31' or '2024-01-31 10:30:00'.",
            )
        })
}

/// The days of an interval of weeks, days, hours, minutes or seconds.
fn days(interval: &Interval) -> Result<f64> {
    let Expr::Value(value) = interval.value.as_ref() else {
        return Err(unsupported("An interval that is computed"));
    };
    let text = match &value.value {
        Value::SingleQuotedString(text) => text.clone(),
        Value::Number(digits, _) => digits.clone(),
        _ => return Err(unsupported("An interval without a number")),
    };
    let (number, unit) = match text.trim().split_once(' ') {
        Some((number, unit)) => (number.to_owned(), unit.trim().to_owned()),
        None => (
            text.clone(),
            (interval.leading_field.as_ref()).map_or("day".to_owned(), ToString::to_string),
        ),
    };
    let unit = unit.to_lowercase();
    let of = match unit.trim_end_matches('s') {
        "week" => 7.0,
        "day" => 1.0,
        "hour" => 1.0 / 24.0,
        "minute" => 1.0 / 1_440.0,
        "second" => 1.0 / 86_400.0,
        _ => return Err(unsupported(&format!("An interval in {unit}"))),
    };
    let number: f64 = number
        .trim()
        .parse()
        .map_err(|_| -> Error { syntax("an interval has no number") })?;
    Ok(number * of)
}
