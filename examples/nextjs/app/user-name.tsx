/** A user, in the colour of the plan. */
export function UserName({ userId, plan }: { userId: string; plan: string }) {
  return (
    <span className="user" data-plan={plan}>
      <span className="avatar" aria-hidden="true">
        {userId[0]}
      </span>
      <span className="name">{userId}</span> <span className="plan">{plan}</span>
    </span>
  )
}
