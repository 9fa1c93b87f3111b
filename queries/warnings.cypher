/*
title: Warnings and fears
summary: >-
  Who warns of what, and from whom, where and against whom it would come; and what is feared, also where nobody is named
  who fears it. One row a statement: the warning, what is said of the thing warned of, or the fear.
parameters:
  warner: {type: id, description: Only what this agent warns of or fears., example: poland}
  origin: {type: id, description: Only what would come from this agent or place., example: belarus}
  valid_on:
  known_on:
columns:
  threat: id, What is warned of or feared.
  warner: id, Who warns or fears or says so; null if the source names nobody.
  subject:
  relation:
  object:
  because: id, The cause that the source gives.
  status:
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
CALL () {
  MATCH (a:Agent)-[x:WARNS_OF|RETRACTED]->(b:Occurrence)
  WHERE coalesce(x.was, 'warnsOf') = 'warnsOf'
  RETURN a, x, b, b.id AS threat, a.id AS warner
  UNION
  MATCH (:Agent)-[w:WARNS_OF|RETRACTED]->(a:Occurrence)
  WHERE coalesce(w.was, 'warnsOf') = 'warnsOf'
    AND w.recorded_at <= $known_on AND $known_on < coalesce(w.retracted_at, '~')
  MATCH (a)-[x:HAS_INITIATOR|HAS_ORIGIN|HAS_TARGET|TAKES_PLACE_IN|RETRACTED]->(b:Thing)
  WHERE coalesce(x.was, 'hasOrigin') IN ['hasInitiator', 'hasOrigin', 'hasTarget', 'takesPlaceIn']
  RETURN a, x, b, a.id AS threat, x.asserted_by AS warner
  UNION
  MATCH (a:Thing)-[x {modality: 'feared'}]->(b:Thing)
  WHERE x.valid_from_min IS NOT NULL AND NOT coalesce(x.was, type(x)) IN ['WARNS_OF', 'warnsOf']
  RETURN a, x, b, CASE WHEN coalesce(x.was, type(x)) IN ['LEADS_TO', 'leadsTo'] THEN b.id
                       WHEN a:Occurrence THEN a.id ELSE x.situation END AS threat, x.asserted_by AS warner
}
WITH *
WHERE x.recorded_at <= $known_on AND $known_on < coalesce(x.retracted_at, '~')
  AND ($valid_on IS NULL OR (x.valid_from_min <= $valid_on AND $valid_on <= x.valid_to_max))
  AND ($warner IS NULL OR warner = $warner)
  AND ($origin IS NULL OR EXISTS {
    MATCH (:Thing {id: threat})-[o:HAS_INITIATOR|HAS_ORIGIN|RETRACTED]->(:Thing {id: $origin})
    WHERE coalesce(o.was, 'hasOrigin') IN ['hasInitiator', 'hasOrigin']
      AND o.recorded_at <= $known_on AND $known_on < coalesce(o.retracted_at, '~')
  })
RETURN threat, warner, a.id AS subject, coalesce(x.was, type(x)) AS relation, b.id AS object, x.because AS because,
       x.status AS status, x.modality AS modality, x.negated AS negated, x.asserted_by AS holder,
       x.valid_from AS valid_from, x.valid_to AS valid_to,
       CASE WHEN $valid_on IS NULL THEN null
            WHEN x.valid_from_max <= $valid_on AND $valid_on <= x.valid_to_min THEN 'certain'
            ELSE 'possible' END AS validity,
       x.id AS statement, x.source AS source, x.quote AS quote, x.record AS record
