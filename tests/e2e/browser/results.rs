//! What came out: the results as a file, and the photos behind the table of confusions.

use anyhow::{Context, ensure};
use e2e::{Device, LONG, Page, Result, SHORT, case, photo, sample_classes};

async fn trained(page: &Page) -> Result {
    page.open("?device=cpu&fresh&seed=1").await?;
    for (class, photos) in sample_classes("fruit-birds")? {
        page.add_class(&class).await?;
        page.add_photos(&class, &photos[..8]).await?;
    }
    page.embedded(16, LONG).await?;
    page.train(LONG).await?;
    Ok(())
}

/// The cells of one line of a CSV file; in quotes, two quotes stand for one.
fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let (mut quoted, mut letters) = (false, line.chars().peekable());
    while let Some(letter) = letters.next() {
        let last = cells.last_mut().expect("there is always a cell");
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => last.extend(letters.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            other => last.push(other),
        }
    }
    cells
}

#[test]
fn the_results_are_downloaded_as_csv() {
    case("csv", Device::Cpu, async |browser| {
        let page = &browser.page;
        trained(page).await?;
        let photos = [photo("fruit_1.jpg")?, photo("bird_1.jpg")?];
        let results = page.try_photos(&photos, LONG).await?;
        page.click("results-csv").await?;
        let text = std::fs::read_to_string(browser.downloaded(".csv").await?)?;
        let mut lines = text.lines().map(cells);
        let header = lines.next().context("the file is empty")?;
        let rows: Vec<_> = lines.collect();
        ensure!(
            rows.len() == results.len(),
            "{} lines for {} results:\n{text}",
            rows.len(),
            results.len()
        );
        for result in &results {
            let row = rows
                .iter()
                .find(|row| row.contains(&result.file))
                .with_context(|| format!("{} is not in\n{text}", result.file))?;
            ensure!(row.len() == header.len(), "{row:?} under {header:?}");
            ensure!(row.contains(&result.top), "{row:?} for {result:?}");
            for prediction in &result.predictions {
                let column = header
                    .iter()
                    .position(|name| *name == prediction.class)
                    .with_context(|| format!("no column {}: {header:?}", prediction.class))?;
                let value: f64 = row[column].parse().with_context(|| row[column].clone())?;
                ensure!(
                    (value - prediction.confidence).abs() < 1e-6,
                    "{value} in the file, {prediction:?} on the page"
                );
            }
        }
        Ok(())
    });
}

#[test]
fn a_cell_of_the_confusion_table_shows_its_photos() {
    case("confusion", Device::Cpu, async |browser| {
        let page = &browser.page;
        trained(page).await?;
        let n = page
            .ask::<usize>("return Number(one('validation-accuracy').dataset.n);", &[])
            .await?;
        let count = "
            const cells = all('confusion-cell').map(c => Number(c.dataset.count));
            return [cells.reduce((a, b) => a + b, 0), Math.max(...cells)];";
        let (sum, most): (usize, usize) = page.ask(count, &[]).await?;
        ensure!(sum == n, "the cells hold {sum} photos, {n} were measured");
        page.ask::<()>(
            "const cells = all('confusion-cell');
             const most = cells.reduce((a, b) => Number(a.dataset.count) >= Number(b.dataset.count) ? a : b);
             (most.querySelector('button') ?? most).click();",
            &[],
        )
        .await?;
        let shown = format!(
            "const list = one('confusion-photos'); return !!list && list.querySelectorAll('img').length === {most};"
        );
        page.wait_for(&format!("{most} photos of that cell"), SHORT, &shown)
            .await
    });
}
