// Calls a running server through @supabase/postgrest-js as it is published.
// Arguments: the path of the package, the address of a module, an API key.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'

const [, , home, address, key] = process.argv
const { PostgrestClient } = createRequire(import.meta.url)(home)
const db = new PostgrestClient(address, { headers: { Authorization: `Bearer ${key}` } })

let calls = 0
async function ok(query) {
  calls++
  const answer = await query
  assert.equal(answer.error, null, JSON.stringify(answer.error))
  return answer
}
async function refused(query, code) {
  calls++
  const { data, error } = await query
  assert.equal(data, null)
  assert.equal(error?.code, code, JSON.stringify(error))
  assert.ok(error.message)
  return error
}
const names = (rows) => rows.map((r) => r.name).join(' ')

const kind = (await ok(db.from('kind').insert({ name: 'Tools' }).select().single())).data
assert.equal(kind.name, 'Tools')
const things = await ok(db.from('thing').insert([
  { name: 'Axe', count: 1, kind_id: kind.id, price: { amount: 100, currency: 'EUR' } },
  { name: 'Bow', count: 2, kind_id: kind.id, price: { amount: 200, currency: 'EUR' } },
  { name: 'Cup', count: 3 },
]).select('id,name,level'))
assert.equal(things.status, 201)
assert.equal(names(things.data), 'Axe Bow Cup')
const plain = await ok(db.from('thing').insert([{ name: 'Dot' }, { name: 'Egg' }], { defaultToNull: false }))
assert.equal(plain.data, null)

assert.equal(names((await ok(db.from('thing').select('name').order('name'))).data), 'Axe Bow Cup Dot Egg')
assert.equal(names((await ok(db.from('thing').select('name').eq('count', 2))).data), 'Bow')
assert.equal(names((await ok(db.from('thing').select('name').gte('count', 2).neq('name', 'Cup'))).data), 'Bow')
assert.equal(names((await ok(db.from('thing').select('name').in('name', ['Axe', 'Cup']).order('name', { ascending: false }))).data), 'Cup Axe')
assert.equal(names((await ok(db.from('thing').select('name').ilike('name', '%x%'))).data), 'Axe')
assert.equal(names((await ok(db.from('thing').select('name').is('count', null).order('name'))).data), 'Dot Egg')
assert.equal(names((await ok(db.from('thing').select('name').or('name.eq.Axe,and(count.gt.2,name.neq.Nix)').order('name'))).data), 'Axe Cup')
assert.equal(names((await ok(db.from('thing').select('name').not('name', 'in', '(Axe,Bow)').order('name'))).data), 'Cup Dot Egg')
assert.equal(names((await ok(db.from('thing').select('name').match({ name: 'Axe', count: 1 }))).data), 'Axe')
assert.equal(names((await ok(db.from('thing').select('name').order('name').range(1, 2))).data), 'Bow Cup')
assert.equal(names((await ok(db.from('thing').select('name').order('name').limit(1))).data), 'Axe')

const counted = await ok(db.from('thing').select('name', { count: 'exact' }).limit(2))
assert.equal(counted.count, 5)
assert.equal(counted.status, 206)
const head = await ok(db.from('thing').select('*', { count: 'exact', head: true }))
assert.equal(head.count, 5)

assert.deepEqual((await ok(db.from('thing').select('name,kind(name)').eq('name', 'Axe').single())).data, { name: 'Axe', kind: { name: 'Tools' } })
const inner = await ok(db.from('thing').select('name,kind!inner(name)').eq('kind.name', 'Tools').order('name'))
assert.equal(names(inner.data), 'Axe Bow')
const nested = await ok(db.from('kind').select('name,things(name)').order('name', { referencedTable: 'things', ascending: false }).limit(1, { referencedTable: 'things' }))
assert.deepEqual(nested.data, [{ name: 'Tools', things: [{ name: 'Bow' }] }])
assert.deepEqual((await ok(db.from('thing').select('total:count.sum(),n:count()').single())).data, { total: 6, n: 5 })
assert.equal((await ok(db.from('thing').select('name').eq('name', 'Nix').maybeSingle())).data, null)
assert.equal((await ok(db.from('thing').select('name,count').order('name').limit(1).csv())).data, 'name,count\r\nAxe,1\r\n')
assert.deepEqual((await ok(db.from('thing').select('name,count').eq('name', 'Dot').stripNulls())).data, [{ name: 'Dot' }])

const changed = await ok(db.from('thing').update({ count: 9 }).gt('count', 1).select('name,count').order('name'))
assert.deepEqual(changed.data, [{ name: 'Bow', count: 9 }, { name: 'Cup', count: 9 }])
const silent = await ok(db.from('thing').update({ count: 8 }, { count: 'exact' }).eq('name', 'Cup'))
assert.equal(silent.count, 1)
assert.equal(silent.status, 204)
const merged = await ok(db.from('thing').upsert([{ name: 'Axe', count: 7 }, { name: 'Fox', count: 1 }], { onConflict: 'name' }).select('name,count'))
assert.deepEqual(merged.data, [{ name: 'Axe', count: 7 }, { name: 'Fox', count: 1 }])
const kept = await ok(db.from('thing').upsert({ name: 'Axe', count: 1 }, { onConflict: 'name', ignoreDuplicates: true }).select('name'))
assert.deepEqual(kept.data, [])
const gone = await ok(db.from('thing').delete().in('name', ['Dot', 'Egg']).select('name'))
assert.equal(gone.data.length, 2)

await refused(db.from('thing').delete(), 'unfiltered_write')
await refused(db.from('thing').update({ count: 1 }).eq('nix', 1), 'invalid')
assert.match((await refused(db.from('thing').select('name').single(), 'PGRST116')).details, /rows/)
await refused(db.from('thing').insert({ name: 'Axe' }), 'already_exists')
await refused(db.from('nothing').select(), 'not_found')
await refused(db.rpc('nothing', { a: 1 }), 'not_found')

console.log(`${calls} calls`)
