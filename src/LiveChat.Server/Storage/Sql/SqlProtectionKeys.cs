using System.Data.Common;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace LiveChat.Server.Storage.Sql;

/// <summary>
/// The keys that session tokens are made with, in the database: they hold across restarts, on every server that uses it, and are in its backups.
/// </summary>
/// <param name="openReader">A connection that reads.</param>
/// <param name="openWriter">A connection that writes.</param>
internal sealed class SqlProtectionKeys(Func<DbConnection> openReader, Func<DbConnection> openWriter) : IXmlRepository
{
    public IReadOnlyCollection<XElement> GetAllElements()
    {
        using var connection = openReader();
        using var command = connection.Command("SELECT xml FROM protection_key ORDER BY position");
        using var row = command.ExecuteReader();
        var elements = new List<XElement>();
        while (row.Read())
            elements.Add(XElement.Parse(row.GetString(0)));
        return elements;
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        using var connection = openWriter();
        connection.Execute(
            "INSERT INTO protection_key (name, xml) VALUES (@name, @xml)",
            ("@name", friendlyName),
            ("@xml", element.ToString(SaveOptions.DisableFormatting)));
    }
}
