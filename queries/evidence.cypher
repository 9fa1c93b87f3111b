/*
title: Evidence
summary: >-
  Every statement between two nodes, in either direction, with its sentence or record; without a second node, every
  statement about the first.
parameters:
  entity: {type: id, description: One node., example: european-union}
  other: {type: id, description: The other node., example: trump-belarus-maneuver}
  valid_on:
  known_on:
columns:
  subject:
  relation:
  object:
  status:
  since:
  change: word, Whether it starts or ends or grows or so.
  quantity_text: text, The number in the words of the source.
  modality:
  negated:
  holder:
  implied: boolean, Whether the quote says it only together with what it presupposes.
  valid_from:
  valid_to:
  validity:
  statement:
  source:
  quote:
  record:
*/
MATCH (entity:Thing)-[x]-(other:Thing)
WHERE ($entity IS NULL OR entity.id = $entity) AND ($other IS NULL OR other.id = $other)
  AND x.valid_from_min IS NOT NULL  // absent on structural relationships only
  AND x.recorded_at <= $known_on AND $known_on < coalesce(x.retracted_at, '~')
  AND ($valid_on IS NULL OR (x.valid_from_min <= $valid_on AND $valid_on <= x.valid_to_max))
WITH DISTINCT x
RETURN startNode(x).id AS subject, coalesce(x.was, type(x)) AS relation, endNode(x).id AS object, x.status AS status,
       x.status_since AS since, x.change AS change, x.quantity_text AS quantity_text, x.modality AS modality,
       x.negated AS negated, x.asserted_by AS holder, x.implied AS implied,
       x.valid_from AS valid_from, x.valid_to AS valid_to,
       CASE WHEN $valid_on IS NULL THEN null
            WHEN x.valid_from_max <= $valid_on AND $valid_on <= x.valid_to_min THEN 'certain'
            ELSE 'possible' END AS validity,
       x.id AS statement, x.source AS source, x.quote AS quote, x.record AS record
