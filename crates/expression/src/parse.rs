//! From text to SQL's syntax tree.

use sqlparser::ast::{BinaryOperator, Expr};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Token;
use verdancy_table::Result;

use crate::error::syntax;

/// Longest text that is read.
const LONGEST: usize = 20_000;

/// The one expression in `text`.
pub fn parse(text: &str) -> Result<Expr> {
    if text.trim().is_empty() {
        return Err(syntax("it is empty"));
    }
    if text.len() > LONGEST {
        return Err(syntax("it is longer than 20,000 bytes"));
    }
    let dialect = GenericDialect {};
    let read = || {
        let mut parser = Parser::new(&dialect)
            .with_recursion_limit(100)
            .try_with_sql(text)?;
        let expression = parser.parse_expr()?;
        Ok((expression, parser.peek_token().token))
    };
    match read() {
        Ok((expression, Token::EOF)) => Ok(expression),
        Ok((_, left)) => Err(syntax(&format!("it ends before \"{left}\""))),
        Err(ParserError::TokenizerError(why) | ParserError::ParserError(why)) => {
            Err(syntax(why.trim_end_matches('.')))
        }
        Err(ParserError::RecursionLimitExceeded) => Err(syntax("it is nested too deeply")),
    }
}

/// What AND joins in it.
pub fn conjuncts(parsed: &Expr) -> Vec<&Expr> {
    match parsed {
        Expr::Nested(inner) => conjuncts(inner),
        Expr::BinaryOp {
            left,
            op: BinaryOperator::And,
            right,
        } => {
            let mut all = conjuncts(left);
            all.extend(conjuncts(right));
            all
        }
        other => vec![other],
    }
}
