//! Tables of numbers as HTML text. A view for each cell would make the page's program larger than all that it says.

use std::fmt::Write;

use super::plot::escape;

pub struct Row {
    /// `data-testid`
    pub test_id: &'static str,
    /// Data attributes: what follows `data-`, and the value.
    pub data: Vec<(&'static str, String)>,
    /// What the row is of.
    pub head: String,
    pub cells: Vec<String>,
}

/// A table with these words above its columns.
pub fn table(heads: &[&str], rows: &[Row]) -> String {
    let mut html = String::from("<table><thead><tr>");
    for head in heads {
        html += &format!("<th scope=\"col\">{}</th>", escape(head));
    }
    html += "</tr></thead><tbody>";
    for row in rows {
        html += &format!("<tr data-testid=\"{}\"", row.test_id);
        for (name, value) in &row.data {
            write!(html, " data-{name}=\"{}\"", escape(value)).expect("a string takes any text");
        }
        html += &format!("><th scope=\"row\"><bdi>{}</bdi></th>", escape(&row.head));
        for cell in &row.cells {
            html += &format!("<td>{}</td>", escape(cell));
        }
        html += "</tr>";
    }
    html + "</tbody></table>"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_text() {
        let row = Row {
            test_id: "row",
            data: vec![("name", "\" onclick=\"x".into())],
            head: "<b>&".into(),
            cells: vec!["1 > 0".into()],
        };
        let html = table(&["<i>"], &[row]);
        assert_eq!(
            html,
            "<table><thead><tr><th scope=\"col\">&lt;i&gt;</th></tr></thead><tbody>\
             <tr data-testid=\"row\" data-name=\"&quot; onclick=&quot;x\"><th scope=\"row\"><bdi>&lt;b&gt;&amp;</bdi></th>\
             <td>1 &gt; 0</td></tr></tbody></table>"
        );
    }
}
