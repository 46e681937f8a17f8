-- name: PolicyLinks :many
SELECT policy_id, workflow_id, reason FROM policy_link ORDER BY policy_id, workflow_id;

-- name: PoliciesOf :many
-- The policies that apply to a workflow.
SELECT p.body FROM policy p JOIN policy_link l ON l.policy_id = p.id WHERE l.workflow_id = ? ORDER BY p.ref;
