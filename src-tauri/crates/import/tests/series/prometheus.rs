//! Answers of Prometheus' HTTP API as series.

use super::{check, data, options};
use drydock_import::series::{AnswerError, QueryData, SeriesOptions, query_result, read};

const TWO: &str = r#"{"status":"success","data":{"resultType":"matrix","result":[
  {"metric":{"__name__":"up","job":"a"},"values":[[10,"1"],[20,"NaN"],[30.001,"3"]]},
  {"metric":{"__name__":"up","job":"b"},"values":[[10,"1"],[20,"2"],[40,"-4"]]}]}}"#;

#[test]
fn answers_of_prometheus() {
    let job = |job: &str, sum: bool| SeriesOptions {
        source: "q.json".to_owned(),
        labels: [("job".to_owned(), job.to_owned())].into(),
        sum,
        ..SeriesOptions::default()
    };
    check(
        &job("a", false),
        &[(
            TWO,
            "10+10: 1 - 3; gap 20 x1 near q.json up{job=\"a\"} values[0]; NotANumber at q.json up{job=\"a\"} values[1]",
        )],
    );
    check(
        &job("b", true),
        &[(
            TWO,
            "10+10: 1 2 - -4; gap 30 x1 near q.json up{job=\"b\"} values[1]; Negative at q.json up{job=\"b\"} values[2]; 1 irregular",
        )],
    );
    check(
        &job("c", true),
        &[(TWO, "q.json: no series has the labels {job=\"c\"}")],
    );
    let any = SeriesOptions {
        source: "q.json".to_owned(),
        ..SeriesOptions::default()
    };
    check(
        &any,
        &[
            (
                TWO,
                "q.json: 2 series, where one is read: choose by labels, or add them up: up{job=\"a\"}, up{job=\"b\"}",
            ),
            (
                r#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#,
                "q.json: no series: the query found nothing",
            ),
            (
                r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#,
                "q.json: the answer to a query at one time: that of query_range, a matrix, is right",
            ),
            (
                r#"{"status":"error","errorType":"bad_data","error":"parse error"}"#,
                "q.json: bad_data: parse error",
            ),
            (
                r#"{"status":"success"}"#,
                "q.json: no answer of Prometheus' HTTP API: `data` is missing",
            ),
            (
                r#"{"kind":"Pod"}"#,
                "q.json: no answer of Prometheus' HTTP API: missing field `status`..",
            ),
            (
                r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"x"]]}]}}"#,
                "q.json: no answer of Prometheus' HTTP API: {} at 1 is \"x\", which is no number",
            ),
            (
                r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1e300,"1"]]}]}}"#,
                "q.json: no answer of Prometheus' HTTP API: the time 1000..",
            ),
            (
                r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"h"},"histograms":[[1,{"count":"5","sum":"1","buckets":[]}]]}]}}"#,
                "q.json: h{} are native histograms, which are not read: ask for histogram_count or histogram_quantile of them",
            ),
        ],
    );
    let sum = SeriesOptions { sum: true, ..any };
    let three = r#"{"status":"success","data":{"resultType":"matrix","result":[
      {"metric":{"a":"1"},"values":[[0,"1"],[1,"2"]]},{"metric":{"a":"2"},"values":[[1,"3"],[2,"4"]]}]},"warnings":["slow"],"infos":["odd"]}"#;
    check(&sum, &[(three, "0+1: 1 5 4")]);
    assert_eq!(query_result(three).unwrap().warnings, ["slow", "odd"]);
}

#[test]
fn forms_of_a_result() {
    let of = |data: &str| query_result(&format!(r#"{{"status":"success","data":{data}}}"#));
    assert_eq!(
        of(r#"{"resultType":"scalar","result":[1.5,"+Inf"]}"#)
            .unwrap()
            .data,
        QueryData::Scalar {
            at_unix_s: 1.5,
            value: f64::INFINITY
        }
    );
    assert_eq!(
        of(r#"{"result":[1,"a"],"resultType":"string"}"#)
            .unwrap()
            .data,
        QueryData::Text {
            at_unix_s: 1.0,
            value: "a".to_owned()
        }
    );
    let mixed = of(r#"{"resultType":"vector","result":[{"metric":{"__name__":"h"},"histogram":[1,{"count":"1","sum":"1","buckets":[]}]},{"metric":{"__name__":"c"},"value":[1,"-Inf"]}]}"#).unwrap();
    assert_eq!(mixed.not_read, ["h{}"]);
    let QueryData::Vector(samples) = mixed.data else {
        panic!("a vector")
    };
    assert_eq!((samples.len(), samples[0].value), (1, f64::NEG_INFINITY));
    assert!(matches!(
        of(r#"{"resultType":"table","result":[]}"#),
        Err(AnswerError::Shape(_))
    ));
}

#[test]
fn a_recorded_answer() {
    let Some(text) = data("a_recorded_answer", "prom/query_range-classic.json") else {
        return;
    };
    let QueryData::Matrix(matrix) = query_result(&text).unwrap().data else {
        panic!("a matrix")
    };
    assert_eq!((matrix.len(), matrix[0].values.len()), (10, 1));
    assert_eq!(
        matrix[0].values[0],
        (1_795_421_405.0, 0.120_678_163_792_385_23)
    );
    let error = read(&text, &options()).unwrap_err().to_string();
    assert!(
        error.starts_with(
            "x.csv: 10 series, where one is read: choose by labels, or add them up: {"
        ),
        "{error}"
    );
    let chosen = SeriesOptions {
        labels: [("le".to_owned(), "0.1".to_owned())].into(),
        step_s: Some(15.0),
        ..options()
    };
    check(&chosen, &[(&text, "1795421405+15: 0.12067816379238523")]);
}
