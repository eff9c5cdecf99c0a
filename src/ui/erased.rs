//! leptos' memos and conditions, compiled once for all uses: its own are compiled for each closure, one to two kilobytes every time.

use leptos::children::ChildrenFn;
use leptos::prelude::{AnyView, Get, IntoAny, Memo, ViewFn, component};

/// A value that follows from signals, and tells those who read it only when it is another than before.
pub fn memo<T>(of: impl Fn() -> T + Send + Sync + 'static) -> Memo<T>
where
    T: PartialEq + Send + Sync + 'static,
{
    boxed(Box::new(of))
}

fn boxed<T>(of: Box<dyn Fn() -> T + Send + Sync>) -> Memo<T>
where
    T: PartialEq + Send + Sync + 'static,
{
    Memo::new(move |_| of())
}

/// When something is shown.
pub struct When(Box<dyn Fn() -> bool + Send + Sync>);

impl<F: Fn() -> bool + Send + Sync + 'static> From<F> for When {
    fn from(when: F) -> Self {
        Self(Box::new(when))
    }
}

/// Its children as long as `when` holds, and `fallback` else.
#[component]
pub fn Show(
    #[prop(into)] when: When,
    #[prop(optional, into)] fallback: ViewFn,
    children: ChildrenFn,
) -> AnyView {
    let when = boxed(when.0);
    let drawn = move || match when.get() {
        true => children(),
        false => fallback.run(),
    };
    drawn.into_any()
}
