/*
title: Detentions and releases
summary: >-
  Who is detained where and who is to be freed or was, how many, when, by whom, how far a release got, and which
  sentence says so. One row a statement; a release has one for each role. An arrest is an event of no class of its own
  and not here.
parameters:
  who: {type: id, description: Only the detention of this person or group and the releases of them., example: trump-belarus-move--prisoners-52}
  place: {type: id, description: Only detention in this place and releases there or by this country., example: belarus}
  valid_on:
  known_on:
columns:
  earliest:
  subject: id, The detained, or the release.
  relation: word, What is said of them; detainedIn, or a role in the release.
  object: id, The place; or who frees or is freed or takes part.
  quantity: number, How many.
  quantity_unit: text, What the number counts.
  quantity_bound: word, Whether that is exact or about or a limit.
  quantity_text: text, The number in the words of the source.
  status:
  since:
  change: word, Whether the detention starts or ends or continues.
  modality:
  negated:
  holder:
  valid_from:
  valid_to:
  validity:
  statement:
  source:
  quote:
  record:
*/
MATCH (subject:Person|Group|Release)-[x:DETAINED_IN|HAS_INITIATOR|HAS_TARGET|HAS_PARTICIPANT|TAKES_PLACE_IN|RETRACTED]->(object:Thing)
WHERE coalesce(x.was, 'detainedIn') IN ['detainedIn', 'hasInitiator', 'hasTarget', 'hasParticipant', 'takesPlaceIn']
  AND x.recorded_at <= $known_on AND $known_on < coalesce(x.retracted_at, '~')
WITH subject, collect(x) AS said, collect(object.id) AS objects
WHERE ($who IS NULL OR $who IN objects OR subject.id = $who) AND ($place IS NULL OR $place IN objects)
UNWIND said AS x
WITH subject, x
WHERE $valid_on IS NULL OR (x.valid_from_min <= $valid_on AND $valid_on <= x.valid_to_max)
RETURN nullIf(x.valid_from_min, '0001-01-01') AS earliest, subject.id AS subject, coalesce(x.was, type(x)) AS relation,
       endNode(x).id AS object, x.quantity AS quantity, x.quantity_unit AS quantity_unit,
       x.quantity_bound AS quantity_bound, x.quantity_text AS quantity_text, x.status AS status,
       x.status_since AS since, x.change AS change, x.modality AS modality, x.negated AS negated,
       x.asserted_by AS holder, x.valid_from AS valid_from, x.valid_to AS valid_to,
       CASE WHEN $valid_on IS NULL THEN null
            WHEN x.valid_from_max <= $valid_on AND $valid_on <= x.valid_to_min THEN 'certain'
            ELSE 'possible' END AS validity,
       x.id AS statement, x.source AS source, x.quote AS quote, x.record AS record
