//! A dialog that asks something: open as long as there is something to ask.

use leptos::html;
use leptos::prelude::*;

pub fn open_while(asks: impl Fn() -> bool + 'static) -> NodeRef<html::Dialog> {
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let open = asks();
        if let Some(dialog) = dialog.get() {
            match open {
                // It is open already where that fails.
                true => drop(dialog.show_modal()),
                false => dialog.close(),
            }
        }
    });
    dialog
}
