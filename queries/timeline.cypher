/*
title: Timeline
summary: >-
  Dated statements in the order of the first day on which they can have held, all of them or those about one node. One
  row a statement. A date of which the source names no year, or of which the year is inferred, is marked as such in
  valid_from; a pledge has its own date in since, and the date of the act only where the source tells it.
parameters:
  entity: {type: id, description: Only statements about this node., example: alexander-lukashenko}
  first_day: {type: date, description: Only what may have held on this day or later., example: "2025-01-01"}
  last_day: {type: date, description: Only what may have held on this day or earlier., example: "2025-07-31"}
  valid_on:
  known_on:
columns:
  earliest:
  valid_from:
  valid_to:
  subject:
  relation:
  object:
  status:
  since:
  when_text: text, The time in the words of the source.
  modality:
  negated:
  holder:
  validity:
  statement:
  source:
  quote:
  record:
*/
MATCH (entity:Thing)-[x]-(:Thing)
WHERE ($entity IS NULL OR entity.id = $entity)
  AND (x.valid_from_min > '0001-01-01' OR x.valid_to_max < '9999-12-31')  // the source names a first or a last day
  AND x.recorded_at <= $known_on AND $known_on < coalesce(x.retracted_at, '~')
  AND ($valid_on IS NULL OR (x.valid_from_min <= $valid_on AND $valid_on <= x.valid_to_max))
  AND ($first_day IS NULL OR $first_day <= x.valid_to_max) AND ($last_day IS NULL OR x.valid_from_min <= $last_day)
WITH DISTINCT x
RETURN nullIf(x.valid_from_min, '0001-01-01') AS earliest, x.valid_from AS valid_from, x.valid_to AS valid_to,
       startNode(x).id AS subject, coalesce(x.was, type(x)) AS relation, endNode(x).id AS object,
       x.status AS status, x.status_since AS since, x.when_text AS when_text,
       x.modality AS modality, x.negated AS negated, x.asserted_by AS holder,
       CASE WHEN $valid_on IS NULL THEN null
            WHEN x.valid_from_max <= $valid_on AND $valid_on <= x.valid_to_min THEN 'certain'
            ELSE 'possible' END AS validity,
       x.id AS statement, x.source AS source, x.quote AS quote, x.record AS record
