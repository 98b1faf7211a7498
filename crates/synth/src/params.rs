//! Parameters of the methods: one table per method, from which parsing, checking, `--set`,
//! `verdancy params` and the docs are made.

/// One parameter as users see it.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Param {
    /// Name, as in `--set name=value` and in TOML.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub about: &'static str,
    /// The default, as text; for size-dependent ones the rule.
    pub default: String,
    /// The range or the choices, as text.
    pub range: &'static str,
}

/// Declares the parameter struct of a method together with its table.
///
/// Each line is `/// about` / `name: type = default, "range", |v| check;`.
#[macro_export]
macro_rules! parameters {
    ($(#[$meta:meta])* $vis:vis struct $name:ident { $( #[doc = $about:literal] $field:ident : $ty:ty = $default:expr, $range:literal, $check:expr; )* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields, default)]
        $vis struct $name { $( #[doc = $about] pub $field: $ty, )* }

        impl Default for $name {
            fn default() -> Self { Self { $( $field: $default, )* } }
        }

        impl $name {
            /// The table of parameters, in order.
            pub fn table() -> Vec<$crate::params::Param> {
                let defaults = Self::default();
                vec![ $( $crate::params::Param {
                    name: stringify!($field),
                    about: $about.trim_ascii(),
                    default: $crate::params::show(&defaults.$field),
                    range: $range,
                }, )* ]
            }

            /// Checks each value against its range.
            ///
            /// # Errors
            /// `config/out-of-range`, naming the parameter and its range.
            pub fn check(&self) -> $crate::Result<()> {
                $( {
                    let ok: fn(&$ty) -> bool = $check;
                    if !ok(&self.$field) {
                        return Err($crate::params::out_of_range(stringify!($field), $range));
                    }
                } )*
                Ok(())
            }
        }
    };
}

/// A value as users write it.
pub fn show<T: serde::Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(s)) => s,
        Ok(v) => v.to_string(),
        Err(_) => String::new(),
    }
}

/// The error of a value outside its range.
pub fn out_of_range(name: &str, range: &str) -> crate::Error {
    crate::Error::input(
        "config/out-of-range",
        format!("Parameter {name} is outside its range."),
        format!("Set {name} to {range}; `verdancy params` lists all parameters."),
    )
}

/// The name that `name` is probably meant for.
fn nearest<'a>(name: &str, names: &'a [String]) -> Option<&'a String> {
    let wanted = name.to_lowercase();
    (names.iter())
        .map(|n| (strsim::jaro_winkler(&wanted, n), n))
        .filter(|(likeness, _)| *likeness >= 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, n)| n)
}

/// Sets `name` to `text` in a parameter struct, by way of its serde form.
///
/// # Errors
/// `config/unknown-parameter` (with the nearest name) or `config/bad-value`.
pub fn set<P: serde::Serialize + serde::de::DeserializeOwned>(
    params: &mut P,
    name: &str,
    text: &str,
) -> crate::Result<()> {
    let internal =
        |e: serde_json::Error| crate::Error::internal("parameters do not serialise").caused_by(e);
    let mut map = serde_json::to_value(&*params).map_err(internal)?;
    let names: Vec<String> = map
        .as_object()
        .map(|m| m.keys().cloned().collect())
        .unwrap_or_default();
    let Some(slot) = map.get_mut(name) else {
        return Err(crate::Error::input(
            "config/unknown-parameter",
            format!("There is no parameter called {name}."),
            match nearest(name, &names) {
                Some(near) => format!("The nearest name is {near}; `verdancy params` lists all."),
                None => format!("Use one of: {}.", names.join(", ")),
            },
        ));
    };
    let old = slot.clone();
    let bad = || {
        crate::Error::input(
            "config/bad-value",
            format!("The value given for {name} cannot be read."),
            format!("Write it like {old}; `verdancy params` lists types and ranges."),
        )
    };
    let parsed =
        serde_json::from_str(text).unwrap_or_else(|_| serde_json::Value::String(text.to_owned()));
    *slot = parsed;
    *params = serde_json::from_value(map).map_err(|_| bad())?;
    Ok(())
}
