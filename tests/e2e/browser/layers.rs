//! The Lab: which layer tells the photos apart.

use anyhow::{Context, ensure};
use e2e::{Browser, Device, LONG, Page, Result, case};
use serde::Deserialize;

/// A layer as the page tells it.
#[derive(Deserialize, Debug, PartialEq)]
struct Point {
    layer: String,
    accuracy: f64,
}

async fn measure(page: &Page) -> Result<(String, Vec<Point>)> {
    page.go_to("lab").await?;
    page.click("lab-depth-run").await?;
    page.wait_for(
        "the layers",
        LONG,
        "return all('lab-depth-point').length > 1 && !one('lab-depth-run').disabled;",
    )
    .await?;
    page.ask(
        "return [one('lab-depth').dataset.best, all('lab-depth-point').map(p =>
            ({ layer: p.dataset.layer, accuracy: Number(p.dataset.accuracy) }))];",
        &[],
    )
    .await
}

#[test]
fn each_layer_is_measured_drawn_and_saved() {
    case("layers", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open("?device=cpu&fresh&seed=1").await?;
        page.load_samples("fruit-birds").await?;
        let (best, points) = measure(page).await?;
        ensure!(points.len() == 7, "{points:?}");
        let most = points.iter().map(|p| p.accuracy).fold(0.0, f64::max);
        let of_best = points.iter().find(|p| p.layer == best);
        ensure!(
            of_best.is_some_and(|p| p.accuracy == most),
            "{best} of {points:?}"
        );
        // Fruit and birds are what the network learned: its end knows them, its beginning does not.
        let end = points.last().context("there are points")?;
        ensure!(end.accuracy > 0.85, "{points:?}");
        ensure!(points[0].accuracy < end.accuracy, "{points:?}");
        let drawn: usize = page
            .ask(
                "return one('lab-depth').querySelectorAll('svg .m-feature-extraction').length;",
                &[],
            )
            .await?;
        ensure!(drawn >= 7, "{drawn} parts are drawn");
        check_files(browser, &points).await?;
        let again = measure(page).await?;
        ensure!(again == (best, points), "{again:?}");

        browser.check_accessibility("the layers").await?;
        browser.resize(390, 844).await?;
        let excess: i64 = page
            .ask("return document.documentElement.scrollWidth - document.documentElement.clientWidth;", &[])
            .await?;
        ensure!(excess <= 0, "the Lab is {excess} px too wide for a phone");
        Ok(())
    });
}

async fn check_files(browser: &Browser, points: &[Point]) -> Result {
    browser.page.click("lab-depth-csv").await?;
    let table = std::fs::read_to_string(browser.downloaded(".csv").await?)?;
    let lines: Vec<&str> = table.lines().skip(1).collect();
    ensure!(lines.len() == points.len(), "{table}");
    for (line, point) in lines.iter().zip(points) {
        let cells: Vec<&str> = line.split(',').collect();
        let value: f64 = cells[4].parse()?;
        let same = cells[0] == point.layer && (value - point.accuracy).abs() < 1e-12;
        ensure!(same, "{line}: {point:?}");
    }
    browser.page.click("lab-depth-svg").await?;
    let svg = std::fs::read_to_string(browser.downloaded(".svg").await?)?;
    ensure!(
        svg.contains("<svg ") && svg.contains("fill=\"#fff\""),
        "{svg}"
    );
    browser.page.click("lab-depth-png").await?;
    let png = std::fs::read(browser.downloaded(".png").await?)?;
    ensure!(png.starts_with(b"\x89PNG"), "{} bytes, no PNG", png.len());
    Ok(())
}

#[test]
fn the_chart_says_first_what_it_needs() {
    case("layers-empty", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open("?device=cpu&fresh&seed=1").await?;
        page.go_to("lab").await?;
        let (disabled, hint): (bool, String) = page
            .ask(
                "return [one('lab-depth-run').disabled, one('lab-depth-hint').innerText];",
                &[],
            )
            .await?;
        ensure!(disabled && !hint.is_empty(), "{hint}");
        Ok(())
    });
}
