/*
title: Sanctions
summary: >-
  Sanctions and acts upon them, by authority and target: who adopted a measure, whom it applies to or lists; who
  imposed, eases or lifts what for whom, and how far that got. One row a statement. A measure that neither applies to
  anything nor lists anyone, such as a strategy, is left out.
parameters:
  authority: {type: id, description: Only measures that this agent adopted and acts that it initiates., example: european-union}
  target: {type: id, description: Only measures and acts that hit or relieve this thing., example: belavia}
  valid_on:
  known_on:
columns:
  sanction: id, The measure or the act.
  relation: word, What is said of it; where that is listedUnder, the party is what is listed.
  party: id, The other end of that relation.
  status:
  since:
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
MATCH (sanction:Measure|SanctionsAct)-[x:ADOPTED_BY|APPLIES_TO|LISTED_UNDER|HAS_INITIATOR|HAS_TARGET|HAS_PARTICIPANT|HAS_OBJECT|RETRACTED]-(party:Thing)
WHERE x.recorded_at <= $known_on AND $known_on < coalesce(x.retracted_at, '~')
WITH sanction, x, party, coalesce(x.was, {ADOPTED_BY: 'adoptedBy', APPLIES_TO: 'appliesTo', LISTED_UNDER: 'listedUnder',
       HAS_INITIATOR: 'hasInitiator', HAS_TARGET: 'hasTarget', HAS_PARTICIPANT: 'hasParticipant',
       HAS_OBJECT: 'hasObject'}[type(x)]) AS relation
WHERE CASE WHEN relation = 'listedUnder' THEN sanction = endNode(x)
           WHEN relation IN ['adoptedBy', 'appliesTo', 'hasInitiator', 'hasTarget', 'hasParticipant', 'hasObject']
           THEN sanction = startNode(x) END
WITH sanction, collect(x) AS said,
     collect(CASE WHEN relation IN ['adoptedBy', 'hasInitiator'] THEN party.id END) AS authorities,
     collect(CASE WHEN relation IN ['appliesTo', 'listedUnder', 'hasTarget'] THEN party.id END) AS targets
WHERE (sanction:SanctionsAct OR size(targets) > 0)
  AND ($authority IS NULL OR $authority IN authorities) AND ($target IS NULL OR $target IN targets)
UNWIND said AS x
WITH sanction, x, coalesce(x.was, type(x)) AS relation,
     CASE WHEN startNode(x) = sanction THEN endNode(x) ELSE startNode(x) END AS party
WHERE ($valid_on IS NULL OR (x.valid_from_min <= $valid_on AND $valid_on <= x.valid_to_max))
  AND ($target IS NULL OR party.id = $target OR NOT relation IN
       ['APPLIES_TO', 'LISTED_UNDER', 'HAS_TARGET', 'appliesTo', 'listedUnder', 'hasTarget'])
RETURN sanction.id AS sanction, relation, party.id AS party, x.status AS status, x.status_since AS since,
       x.modality AS modality, x.negated AS negated, x.asserted_by AS holder,
       x.valid_from AS valid_from, x.valid_to AS valid_to,
       CASE WHEN $valid_on IS NULL THEN null
            WHEN x.valid_from_max <= $valid_on AND $valid_on <= x.valid_to_min THEN 'certain'
            ELSE 'possible' END AS validity,
       x.id AS statement, x.source AS source, x.quote AS quote, x.record AS record
