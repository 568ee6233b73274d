-- Commits to model sets: each is checked and written in one step, by itself.
--
-- KEYS[i]  the pointer of the i-th commit's set, `{<set>}:set`: a hash of `generation` (in force; "1" where there is none),
--          `holder`, `until` (of the hold, epoch ms), `committed` ("1" once anything was), `previous` (the generation in force
--          before). All other keys of the set bear its tag:
--          `{<set>}:state:<generation>`   hash of version, revision, the base (see tail.lua), ids (see learned-ids.lua); and, for
--                                the writers to take turns, `refused`, how many commits met a conflict since the last one,
--                                and `turn`, until when the last one's writer goes on (epoch ms)
--          `{<set>}:tail:<generation>`    see tail.lua
--          `{<set>}:history:<generation>` list of "<version> <point>", newest first
--          `{<set>}:ids:<generation>:<epoch>:<bucket>`  sets of learned ids
--          `{<set>}:snapshots:<generation>` see snapshots.lua
--          `{<set>}:brought`, `{<set>}:retired` sets of generations: begun to be adopted (adopt.lua), to be removed (remove.lua)
-- ARGV     test time; of how many versions one is a snapshot (0: none), how many snapshots are kept; and for each commit:
--          generation to commit to ("" for the one in force); then the commit's generation, expectedRevision, the version of
--          that (-1 where it is not told), revision, "state" or "entry", the state or "<revision> <entry>" (to make a
--          text of two takes longer here), history point ("" for none), milliseconds for which its writer goes on, how many
--          ids; and for each of these: id, hour until which it is kept
-- Returns  an answer for each commit:
--          version   it is committed, and no other met a conflict since the commit before
--          { "committed", version, conflicts since the commit before }
--          { "held", until }
--          { "conflict", generation, version, revision, base, tail, { index of a learned id, ... }, milliseconds left of the
--            last writer's turn }   base and tail as load.lua; indexes from 0
--          { "duplicate", { index of a learned id, ... } }
--          { "no base" } for an entry where nothing was committed yet
--
-- The count of conflicts and the turn are hints: they are neither logged nor replicated (a conflict waits for no disk), and
-- where they cannot be written the answer is the same.
-- The first write of a commit is one that a Redis without memory or a disk refuses; and Redis refuses none after the first of
-- a call. So nothing is ever half done. Where a damaged set ends the call with an error, those before it are committed: asked
-- again, they are known by their revision.

local HISTORY_POINTS = 10000
local TRIMMED_EVERY = 100
local FIRST_COMMIT = 4
-- Arguments of a commit before its ids.
local FRAME = 10

local ARGV = ARGV
local now = time_of(ARGV[1])
local every, keep = tonumber(ARGV[2]), tonumber(ARGV[3])

local function hint(...)
  redis.set_repl(redis.REPL_NONE)
  redis.pcall(...)
  redis.set_repl(redis.REPL_ALL)
end

local function add_point(history_key, version, point)
  redis.call('LPUSH', history_key, text_of(version) .. ' ' .. point)
  if version % TRIMMED_EVERY == 0 then redis.call('LTRIM', history_key, 0, HISTORY_POINTS - 1) end
end

-- The arguments of the commit begin at `at`; its ids are `new`, which must be kept until `hours`.
local function commit(pointer_key, at, new, hours)
  local base = string.sub(pointer_key, 1, -4)
  local pointer = redis.call('HMGET', pointer_key, 'generation', 'until')
  local in_force = pointer[1] or '1'
  local generation = ARGV[at] ~= '' and ARGV[at] or in_force
  local state_key, tail_key = base .. 'state:' .. generation, base .. 'tail:' .. generation
  local stored = redis.call('HMGET', state_key, 'version', 'revision', 'ids', 'refused', 'turn', 'tailed')
  local version, revision, made, point = stored[1] or '0', stored[2] or '', ARGV[at + 4], ARGV[at + 7]

  if revision == made then return { 'committed', version, 0 } end
  if generation == in_force and pointer[2] and number_of(pointer[2]) > now then return { 'held', pointer[2] } end

  local prefix = base .. 'ids:' .. generation .. ':'
  local ids = read_ids(stored[3], now)
  local learned = learned_among(prefix, ids, new)
  local others_turn = number_of(stored[5] or '0')

  if ARGV[at + 1] ~= generation or ARGV[at + 2] ~= revision then
    local found = stored_since(state_key, tail_key, version, revision, ARGV[at + 3], ARGV[at + 2])
    if version ~= '0' then hint('HINCRBY', state_key, 'refused', 1) end
    return { 'conflict', generation, version, revision, found[1], found[2], learned, math.max(0, others_turn - now) }
  end
  if #learned > 0 then return { 'duplicate', learned } end

  local next_version = number_of(version) + 1
  local next_text = text_of(next_version)
  if ARGV[at + 5] == 'state' then
    put_base(state_key, tail_key, next_text, made, ARGV[at + 6], {})
  elseif version == '0' then
    return { 'no base' }
  else
    add_entry(state_key, tail_key, version, revision, stored[6] == revision, ARGV[at + 6])
  end
  if #new > 0 then
    learn_all(prefix, ids, new, hours, now, 2)
    redis.call('HSET', state_key, 'version', next_text, 'revision', made, 'tailed', made, 'ids', text_of_ids(ids))
  else
    redis.call('HSET', state_key, 'version', next_text, 'revision', made, 'tailed', made)
  end
  if point ~= '' then add_point(base .. 'history:' .. generation, next_version, point) end
  if every > 0 and next_version % every == 0 then
    local snapshot = { version = next_text, revision = made, time = string.format('%.0f', now), kept = 'commit' }
    local found = stored_since(state_key, tail_key, next_text, made, '0', '')
    keep_snapshot(base .. 'snapshots:' .. generation, snapshot, found, point, keep)
  end
  if version == '0' then redis.call('HSET', pointer_key, 'committed', '1') end
  local turn, refused = number_of(ARGV[at + 8]), number_of(stored[4] or '0')
  if refused > 0 or turn > 0 or others_turn > now then
    hint('HSET', state_key, 'refused', 0, 'turn', string.format('%.0f', now + turn))
  end
  if refused == 0 then return next_version end
  return { 'committed', next_text, refused }
end

local answers, at = {}, FIRST_COMMIT
for i, pointer_key in ipairs(KEYS) do
  local new, hours, first = {}, {}, at + FRAME
  for n = 1, number_of(ARGV[at + FRAME - 1]) do
    new[n], hours[n] = ARGV[first + 2 * n - 2], number_of(ARGV[first + 2 * n - 1])
  end
  answers[i] = commit(pointer_key, at, new, hours)
  at = first + 2 * #new
end
return answers
