//! Honest numbers from every photo, and "I don't know".

use anyhow::{Context, ensure};
use e2e::{Device, LONG, Page, Result, SHORT, case, sample_classes};

/// The slider stands where at least nine of ten known photos get an answer, and nine of ten letters get none.
pub async fn letters_are_unknown(page: &Page, count: usize) -> Result {
    let kept: f64 = page
        .ask("return Number(one('unknown-limit').dataset.kept);", &[])
        .await?;
    ensure!(kept >= 0.9, "{kept} of the known photos are kept");
    let letters = sample_classes("letters")?;
    let (_, letters) = letters.into_iter().next().context("letters have classes")?;
    let results = page.try_photos(&letters[..count], LONG).await?;
    let unknown = results.iter().filter(|r| r.top == "unknown").count();
    ensure!(
        unknown >= count - count / 10,
        "{unknown} of {count} letters are unknown"
    );
    Ok(())
}

/// Ten of each of two kinds are learned from and all judge; a third kind is of neither.
#[test]
fn every_photo_judges_and_what_is_of_no_class_gets_no_answer() {
    case("unknown", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open("?device=cpu&fresh&seed=1").await?;
        let (mut learned, mut others) = (Vec::new(), Vec::new());
        for (class, photos) in sample_classes("fruit-birds")? {
            page.add_class(&class).await?;
            page.add_photos(&class, &photos[..10]).await?;
            learned.extend_from_slice(&photos[..10]);
            others.extend(
                photos[10..]
                    .iter()
                    .map(|photo| (class.clone(), photo.clone())),
            );
        }
        page.embedded(20, LONG).await?;
        let accuracy = page.train(LONG).await?;
        ensure!(accuracy.n == 20, "it was measured on {} photos", accuracy.n);
        ensure!(accuracy.value > 0.9, "{accuracy:?}");
        let how: String = page
            .ask("return one('validation-accuracy').dataset.how;", &[])
            .await?;
        ensure!(how == "cross-validated", "{how}");
        let kind: (String, String) = page
            .ask(
                "const d = one('head-info').dataset; return [d.kind, d.layers];",
                &[],
            )
            .await?;
        ensure!(kind.0 == "lda", "{kind:?}");

        letters_are_unknown(page, 20).await?;
        // And the answers to photos of the classes that it never saw are right, but for one or two.
        let (classes, photos): (Vec<String>, Vec<_>) = others.into_iter().unzip();
        let results = page.try_photos(&photos, LONG).await?;
        let right = results
            .iter()
            .zip(&classes)
            .filter(|(r, class)| r.top == **class);
        let right = right.count();
        ensure!(
            right + 3 >= photos.len(),
            "{right} of {} are right",
            photos.len()
        );

        let script = "return all('result').filter(r => r.dataset.top === 'unknown').length;";
        let unknown: usize = page.ask(script, &[]).await?;
        // Less is answered where the slider is moved, at once, and it stays there.
        page.ask::<()>(
            "const limit = one('unknown-limit'); limit.value = '50';
             limit.dispatchEvent(new Event('input', { bubbles: true }));
             limit.dispatchEvent(new Event('change', { bubbles: true }));",
            &[],
        )
        .await?;
        page.wait_for(
            "fewer answers",
            SHORT,
            &format!(
                "return all('result').filter(r => r.dataset.top === 'unknown').length > {unknown}
                     && Number(one('unknown-limit').dataset.kept) < 0.7;"
            ),
        )
        .await?;
        browser.screenshot("unknown").await?;
        Ok(())
    });
}
