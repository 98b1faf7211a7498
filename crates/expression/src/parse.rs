//! From text to SQL's syntax tree.

use sqlparser::ast::{BinaryOperator, Expr};
use sqlparser::dialect::GenericDialect;
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Token, Tokenizer};
use verdancy_table::Result;

use crate::error::syntax;

/// Longest text that is read.
const LONGEST: usize = 20_000;
/// Most operators: a chain of them is a tree as deep as it is long, and each level takes of the stack.
const OPERATORS: usize = 500;

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
        let tokens = Tokenizer::new(&dialect, text).tokenize_with_location()?;
        if tokens.iter().filter(|t| is_operator(&t.token)).count() > OPERATORS {
            return Err(ParserError::RecursionLimitExceeded);
        }
        let mut parser = Parser::new(&dialect)
            .with_recursion_limit(100)
            .with_tokens_with_locations(tokens);
        let expression = parser.parse_expr()?;
        Ok((expression, parser.peek_token().token))
    };
    match read() {
        Ok((expression, Token::EOF)) => Ok(expression),
        Ok((_, left)) => Err(syntax(&format!("it ends before \"{left}\""))),
        Err(ParserError::TokenizerError(why) | ParserError::ParserError(why)) => {
            Err(syntax(why.trim_end_matches('.')))
        }
        Err(ParserError::RecursionLimitExceeded) => Err(syntax(
            "it is nested too deeply, or has more than 500 operators; a list of values is written with IN",
        )),
    }
}

/// True for what makes an expression longer by another level, and for whatever else is neither a name, a value nor a
/// bracket.
fn is_operator(token: &Token) -> bool {
    match token {
        Token::Word(word) => word.quote_style.is_none() && word.keyword != Keyword::NoKeyword,
        Token::Whitespace(_)
        | Token::Number(..)
        | Token::SingleQuotedString(_)
        | Token::Comma
        | Token::LParen
        | Token::RParen
        | Token::Period
        | Token::EOF => false,
        _ => true,
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
